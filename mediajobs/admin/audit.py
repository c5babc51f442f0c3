"""The trail, for reading."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mediajobs.admin.readonly import ReadOnlyAdmin
from mediajobs.admin.timeline import neighbours
from mediajobs.admin.trail_export import ExportTrailMixin
from mediajobs.admin.trail_filter import OUTCOMES, TrailFilter
from mediajobs.admin.trail_list import NewestFirst, TrailList, standing
from mediajobs.models import AuditEvent, CancelBatch, Channel, Job
from mediajobs.templatetags.panel import badge, stamp

OUTCOME_WORDS = dict(OUTCOMES)
CHANNEL_WORDS = dict(Channel.choices)


@admin.register(AuditEvent)
class AuditEventAdmin(ExportTrailMixin, ReadOnlyAdmin):
    list_display = ["time", "actor", "what", "about", "outcome_badge", "remote_status", "more"]
    list_filter = [TrailFilter]
    list_per_page = 50
    list_max_show_all = 200
    ordering = ["-at", "-id"]
    paginator = NewestFirst
    show_full_result_count = False
    sortable_by = []
    search_fields = ["job_id", "reason"]
    search_help_text = (
        "Eight or more of 0–9, a–f and dashes: the beginning of a job id. Else a part of a reason."
    )
    empty_value_display = "–"
    change_form_template = "admin/mediajobs/auditevent/detail.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        job = Job.objects.filter(remote_id=OuterRef("job_id")).order_by()
        batch = CancelBatch.objects.filter(pk=OuterRef("batch_id")).order_by()
        return (
            super()
            .get_queryset(request)
            .annotate(
                job_key=Subquery(job.values("pk")[:1]), batch_key=Subquery(batch.values("pk")[:1])
            )
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TrailList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Leave the search to TrailList, which narrows by it together with the filter."""
        return queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the events, and above them how the trail as a whole stands."""
        return super().changelist_view(request, standing() | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        event = context["original"]
        context |= {"title": event.get_kind_display(), "subtitle": None}
        context["outcome_words"] = OUTCOME_WORDS.get(event.outcome, event.outcome)
        context["channel_words"] = CHANNEL_WORDS.get(event.channel, event.channel)
        context["neighbours"] = neighbours(event)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Time (UTC)")
    def time(self, event: AuditEvent) -> SafeString:
        return stamp(event.at, f"{event.at:%Y-%m-%d %H:%M:%S}")

    @admin.display
    def what(self, event: AuditEvent) -> str:
        return event.get_kind_display()

    @admin.display
    def about(self, event: AuditEvent) -> SafeString | str | None:
        """Link to the job or else the cancellation, as long as the panel has it."""
        if event.job_id:
            words = format_html('<span class="mono">{}</span>', event.job_id[:8])
            return link("job", event.job_key, words)
        if event.batch_id:
            return link("cancelbatch", event.batch_key, f"Cancellation {event.batch_id}")
        return None

    @admin.display(description="Outcome")
    def outcome_badge(self, event: AuditEvent) -> SafeString | None:
        if not event.outcome:
            return None
        return badge(event.outcome, OUTCOME_WORDS.get(event.outcome, event.outcome))

    @admin.display(description="Detail")
    def more(self, event: AuditEvent) -> str:
        return truncatechars(event.reason or event.detail, 90)


def link(model: str, key: int | None, words: SafeString | str) -> SafeString | str:
    if key is None:
        return words
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:mediajobs_{model}_change", args=[key]), words
    )
