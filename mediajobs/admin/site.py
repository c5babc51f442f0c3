"""The admin site: its name, its pages in the header, its overview."""

from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from typing import Any, NoReturn

from django.contrib import admin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from mediajobs import health
from mediajobs.admin import home, own_password
from mediajobs.admin.sign_in import SignInForm
from mediajobs.services import accounts
from mediajobs.services.audit import Actor

ORDER = (
    *("Job", "CancelBatch", "AuditEvent", "WebhookDelivery"),
    *("Credential", "ApiClient", "User", "Group"),
)
PLACES = {name: place for place, name in enumerate(ORDER)}


class PanelSite(admin.AdminSite):
    site_header = "Media jobs"
    site_title = "Media jobs"
    index_title = "Overview"
    site_url = None
    login_form = SignInForm
    # The pages are few: they stand in the header, also on narrow screens.
    enable_nav_sidebar = False

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """Order the pages as people need them: jobs first, accounts last."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: PLACES.get(model["object_name"], len(PLACES)))
        return sorted(apps, key=lambda app: app["app_label"] != "mediajobs")

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Record the deed of somebody signed in who may not come in here any more."""
        shown = super().admin_view(view, cacheable)

        def on_record(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                by, why = Actor.from_request(request), "This is no staff account."
                accounts.refused(by=by, method=request.method, path=request.path, why=why)
            return shown(request, *args, **options)

        return update_wrapper(on_record, shown)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let somebody in; who is not let in is recorded where that is found out."""
        former = Actor.from_request(request) if request.user.is_authenticated else None
        answer = super().login(request, extra_context)
        if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
            if former and former.user_id != str(request.user.pk):
                accounts.signed_out(by=former)
            accounts.signed_in(by=Actor.from_request(request))
        return answer

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign somebody out, on record; looking at this address does not."""
        if request.method != "POST":
            return super().logout(request, extra_context)
        with transaction.atomic():
            accounts.signed_out(by=Actor.from_request(request))
            return super().logout(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let people change their own password, on record as wrong guesses at the old one are."""
        if request.method != "POST":
            return super().password_change(request, extra_context)
        with transaction.atomic():
            answer = super().password_change(request, extra_context)
            if answer.status_code == HTTPStatus.FOUND:
                accounts.password_changed(request.user, by=Actor.from_request(request))
                request.session.pop(own_password.COUNT, None)
            elif own_password.is_wrong(answer):
                return own_password.guessed(request, answer)
        return answer

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the overview, and keep it fresh."""
        return super().index(request, self.overview(request) | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        part = self.admin_view(require_GET(self.overview_view))
        return [path("overview/", part, name="overview"), *super().get_urls()]

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the numbers alone, for a page that is being watched."""
        return TemplateResponse(request, "admin/_overview.html", self.overview(request))

    def overview(self, request: HttpRequest) -> dict[str, Any]:
        """Tell each part of the overview to those who may see what it counts."""
        user = request.user
        overview: dict[str, Any] = {
            "health": [
                health.worker(),
                health.trail(),
                *health.copies(),
                *health.remotes(),
                *health.webhook(),
            ]
        }
        if user.has_perm("mediajobs.view_job"):
            overview["job_numbers"] = home.job_numbers()
        if user.has_perm("mediajobs.view_cancelbatch"):
            overview |= {
                "under_way": home.under_way(user),
                "trouble_numbers": home.trouble_numbers(),
                "troubles": home.troubles(),
                "lost_notices": home.lost_notices(),
            }
        return overview

    def autocomplete_view(self, request: HttpRequest) -> NoReturn:
        """Be not there: no page of the panel searches this way."""
        raise Http404

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """Lead to the overview: the header names the pages."""
        return redirect("admin:index")
