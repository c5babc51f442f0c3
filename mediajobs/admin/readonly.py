"""Lists and pages that show and never change."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mediajobs.admin.lists import SoundListMixin


class ReadOnlyAdmin(SoundListMixin):
    """No adding, changing or deleting, not even for a superuser; the view right opens it."""

    actions = None
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        """Lead to the page itself: the trail is the record, and there is no second one."""
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(page, unquote(object_id))
