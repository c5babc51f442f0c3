"""The pipelines that may use the API: their tokens are made, changed and revoked here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_variables

from mediajobs.admin.lists import SoundListMixin
from mediajobs.models import ApiClient, Credential
from mediajobs.services import clients
from mediajobs.services.audit import Actor
from mediajobs.templatetags.panel import age, badge

CHANGE = "admin:mediajobs_apiclient_change"
TEMPLATES = "admin/mediajobs/apiclient"
SCOPES = ["may_read", "may_record", "may_cancel"]
FIXED = ["name", "token_column", "credential", "created_by", "created_at", "last_used_at"]
#: One button: whoever makes a token has to see it, and nothing else next.
ONE_BUTTON = {"show_save_and_continue": False, "show_save_and_add_another": False}


def without_lonely_app(names: list[str], app: str) -> list[str]:
    """Speak of apps only where there is a choice."""
    return names if Credential.objects.exists() else [name for name in names if name != app]


@admin.register(ApiClient)
class ApiClientAdmin(SoundListMixin):
    """For administrators. A client is never deleted: the record speaks of it."""

    list_display = ["name", "token_column", "opens", "app", "created_by", "used", "state"]
    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ["credential"]
    empty_value_display = "–"
    fields = ["name", *SCOPES, "credential"]
    change_form_template = f"{TEMPLATES}/change.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.revoke_view)
        own = path("<int:pk>/revoke/", view, name="mediajobs_apiclient_revoke")
        return [own, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return without_lonely_app(self.list_display, "app")

    def get_fields(self, request: HttpRequest, obj: ApiClient | None = None) -> list[str]:
        fields = [*FIXED[:2], *SCOPES, *FIXED[2:]] if obj else self.fields
        return without_lonely_app(fields, "credential")

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Offer the apps alone, and none of Django's buttons to change them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "credential":
            field.widget, field.empty_label = field.widget.widget, "all of them"
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: ApiClient | None = None) -> list[str]:
        return FIXED if obj else []

    def has_change_permission(self, request: HttpRequest, obj: ApiClient | None = None) -> bool:
        """Whether somebody may change it; of a revoked one there is nothing to change."""
        return super().has_change_permission(request, obj) and not (obj and obj.revoked_at)

    def has_delete_permission(self, request: HttpRequest, obj: ApiClient | None = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return super().render_change_form(request, context | ONE_BUTTON, *args, **kwargs)

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        by = Actor.from_request(request)
        if change:
            clients.change(obj, by=by)
        else:
            obj.token = clients.make(obj, by=by)

    def response_add(
        self, request: HttpRequest, obj: ApiClient, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token, on this answer alone: it is kept nowhere."""
        context = {"title": f"The token of {obj}", "token": obj.token, "client": obj}
        return self.page(request, "made", context)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask whether to revoke a token, and do it."""
        if not super().has_change_permission(request):
            raise PermissionDenied("You have no right to revoke tokens. Ask an administrator.")
        client = get_object_or_404(ApiClient, pk=pk)
        if client.revoked_at:
            messages.warning(request, f"The token of {client} is revoked already.")
            return redirect(CHANGE, pk)
        if request.method != "POST":
            context = {"title": f"Revoke the token of {client}?", "client": client}
            return self.page(request, "revoke", context)
        clients.revoke(client, by=Actor.from_request(request))
        messages.success(request, f"The token of {client} is revoked: it opens nothing any more.")
        return redirect("admin:mediajobs_apiclient_changelist")

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        """Lead to the client: the trail is the record, and there is no second one."""
        return redirect(CHANGE, object_id)

    def page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context)

    @admin.display(description="token")
    def token_column(self, client: ApiClient) -> str:
        return f"{client.token_start}…"

    @admin.display
    def opens(self, client: ApiClient) -> str | None:
        return ", ".join(client.scopes) or None

    @admin.display(description="app")
    def app(self, client: ApiClient) -> str:
        return str(client.credential or "all")

    @admin.display(description="last used")
    def used(self, client: ApiClient) -> SafeString | str:
        return age(client.last_used_at)

    @admin.display
    def state(self, client: ApiClient) -> SafeString:
        return badge("aborted", "Revoked") if client.revoked_at else badge("success", "In use")
