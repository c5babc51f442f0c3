"""Taking the trail along as a file: what the list shows, all of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from threading import BoundedSemaphore

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from mediajobs.services import audit
from mediajobs.services.audit import Actor, ExportFormat, Selection

TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/x-ndjson",
}
LIST = "admin:mediajobs_auditevent_changelist"
#: An export keeps its thread for as long as somebody reads it, or does not: the others are for
#: the rest of the panel.
PLACES = BoundedSemaphore(2)
BUSY_SECONDS = 30


class Held(Iterator[str]):
    """The pieces of an export, which Django closes with the answer, also one that nobody read."""

    def __init__(self, pieces: Iterator[str], place: ExitStack) -> None:
        self.pieces = pieces
        self.close = place.close

    def __next__(self) -> str:
        return next(self.pieces)


class ExportTrailMixin(admin.ModelAdmin):
    """The filters stand in the address, as on the list; a form carries the format."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="mediajobs_auditevent_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send what the list shows, beyond its pages too; only lead to the list without a POST."""
        shown = f"{reverse(LIST)}?{request.GET.urlencode()}"
        if request.method != "POST":
            return redirect(shown)
        if not self.has_view_permission(request):
            raise PermissionDenied("You have no right to see the trail. Ask an administrator.")
        selection = self.selection(request)
        form = request.POST.get("format")
        if form not in ExportFormat.values:
            messages.error(request, "Nothing was exported: choose CSV or JSON Lines.")
        elif selection is None:
            messages.error(
                request, "Nothing was exported: the filter or the search cannot be understood."
            )
        else:
            return self.file(request, selection, ExportFormat(form))
        return redirect(shown)

    def selection(self, request: HttpRequest) -> Selection | None:
        """Read the filters as the list does, which may complain of them in a message."""
        try:
            return self.get_changelist_instance(request).selection
        except IncorrectLookupParameters:
            return None

    def file(
        self, request: HttpRequest, selection: Selection, form: ExportFormat
    ) -> HttpResponseBase:
        """Send the file, which has its place until it is closed, if one is free."""
        if not PLACES.acquire(blocking=False):
            return busy(request)
        with ExitStack() as place:
            place.callback(PLACES.release)
            made = audit.hand_out(selection, form, by=Actor.from_request(request))
            pieces = Held(made.pieces, place.pop_all())
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return StreamingHttpResponse(pieces, content_type=TYPES[form], headers=headers)


def busy(request: HttpRequest) -> HttpResponse:
    back = {"list": f"{reverse(LIST)}?{request.GET.urlencode()}"}
    answer = render(request, "admin/mediajobs/auditevent/busy.html", back, status=503)
    answer.headers["Retry-After"] = str(BUSY_SECONDS)
    return answer
