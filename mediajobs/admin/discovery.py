"""How far the remote's list has been read, and the button that has it read at once."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from mediajobs import health
from mediajobs.models import Credential, Discovery
from mediajobs.services import engine
from mediajobs.services.audit import Actor


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the walk through the list of an app stands; without a row nobody walked yet."""

    app: str
    state: Discovery | None


class DiscoverJobsMixin(admin.ModelAdmin):
    """A line above the list of jobs that keeps itself fresh, and a button."""

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"mediajobs_job_{name}")
            for name, view in {
                "discover": self.discover_view,
                "discovery": require_GET(self.discovery_view),
            }.items()
        ]
        return [*own, *super().get_urls()]

    def discover_view(self, request: HttpRequest) -> HttpResponse:
        """Have a worker read the list now; only lead to the jobs without a POST."""
        if request.method != "POST":
            return redirect("admin:mediajobs_job_changelist")
        if not Actor.from_request(request).may("refresh_job"):
            raise PermissionDenied("You have no right to read jobs from the remote.")
        worker = health.worker()
        if worker.is_well:
            engine.wake_discovery()
            messages.info(request, "A worker looks for new jobs now; they appear by themselves.")
        else:
            messages.warning(request, f"The list is not read now. {worker.words}")
        return redirect("admin:mediajobs_job_changelist")

    def discovery_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with where the reading of the list stands alone."""
        if not self.has_view_permission(request):
            raise PermissionDenied("You have no right to see jobs.")
        name = "admin/mediajobs/job/_discovery.html"
        return TemplateResponse(request, name, {"standings": standings()})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        about = {
            "standings": standings(),
            "may_discover": Actor.from_request(request).may("refresh_job"),
        }
        return super().changelist_view(request, about | (extra_context or {}))


def standings() -> list[Standing]:
    """Tell of each app how far its list is read."""
    found = Discovery.objects.in_bulk()
    return [Standing(str(app or ""), found.get(Discovery.key_of(app))) for app in Credential.apps()]
