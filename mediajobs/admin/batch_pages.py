"""The page of one cancellation, from draft to end, and its parts that keep themselves fresh."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from mediajobs.admin.batch_parts import (
    draft_context,
    items_context,
    progress_context,
    released_context,
)
from mediajobs.admin.cancel_words import tell_gone
from mediajobs.forms import ConfirmForm
from mediajobs.models import BatchState, CancelBatch

TEMPLATES = "admin/mediajobs/cancelbatch"


class BatchPagesMixin(admin.ModelAdmin):
    """What there is to see of one cancellation; everything here only reads."""

    def get_urls(self) -> list[URLPattern]:
        parts = {"progress": self.progress_view, "items": self.items_view}
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(require_GET(view)),
                name=f"mediajobs_cancelbatch_{name}",
            )
            for name, view in parts.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Show what a draft will do, or what has become of it."""
        self.check_view_right(request)
        batch = self.get_object(request, object_id)
        return self.page(request, batch) if batch else tell_gone(request)

    def page(
        self,
        request: HttpRequest,
        batch: CancelBatch,
        form: ConfirmForm | None = None,
        status: int = 200,
    ) -> HttpResponseBase:
        """Draw the page of a batch; a draft with its form, or with the form as it was typed."""
        is_draft = batch.state == BatchState.DRAFT
        part = draft_context(request, batch, form) if is_draft else released_context(request, batch)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{batch}: not confirmed yet" if is_draft else str(batch),
            "opts": self.opts,
            **part,
        }
        name = "draft" if is_draft else "released"
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context, status=status)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Answer with the numbers alone, for a page that is being watched."""
        return self.part(request, pk, "_progress", progress_context)

    def items_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Answer with the table of jobs alone."""
        return self.part(request, pk, "_items", items_context)

    def part(
        self,
        request: HttpRequest,
        pk: int,
        name: str,
        context_of: Callable[[HttpRequest, CancelBatch, dict[str, int]], dict[str, Any]],
    ) -> HttpResponseBase:
        self.check_view_right(request)
        batch = get_object_or_404(CancelBatch, pk=pk)
        context = context_of(request, batch, batch.counts())
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context)

    def check_view_right(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied(
                "You have no right to see cancellations. Ask an administrator for a role."
            )
