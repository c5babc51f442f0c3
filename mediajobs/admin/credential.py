"""The apps besides that of the settings: their names and where their secrets live."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mediajobs.admin.lists import SoundListMixin
from mediajobs.models import Credential
from mediajobs.services import apps
from mediajobs.services.audit import Actor


@admin.register(Credential)
class CredentialAdmin(SoundListMixin):
    """For administrators; the secret itself is typed nowhere and stored nowhere here."""

    list_display = ["name", "place"]
    actions = None
    show_facets = admin.ShowFacets.NEVER

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: bool) -> None:
        apps.save(obj, by=Actor.from_request(request))
        if missing := apps.missing_secrets(obj):
            self.message_user(request, f"It cannot be read yet. {missing}", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Credential) -> None:
        apps.remove(obj, by=Actor.from_request(request))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        """Lead to the app: the trail is the record, and there is no second one."""
        return redirect("admin:mediajobs_credential_change", object_id)
