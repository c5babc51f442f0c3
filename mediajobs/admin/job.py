"""The list of jobs; their pages are in job_pages, taking in many of them in record."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mediajobs.admin.cancelling import CancelJobsMixin
from mediajobs.admin.discovery import DiscoverJobsMixin
from mediajobs.admin.filters import (
    ApiFilter,
    AppFilter,
    CancellationFilter,
    SourceFilter,
    StatusFilter,
    SubmittedFilter,
    confirmed_attempts,
)
from mediajobs.admin.job_pages import DETAIL
from mediajobs.admin.lists import SoundListMixin
from mediajobs.admin.record import RecordJobsMixin
from mediajobs.models import AttemptState, Credential, Job
from mediajobs.templatetags.panel import age, badge

NEWEST_STATE = Subquery(confirmed_attempts(job=OuterRef("pk")).order_by("-pk").values("state")[:1])


@admin.register(Job)
class JobAdmin(SoundListMixin, CancelJobsMixin, DiscoverJobsMixin, RecordJobsMixin):
    """Read from the remote; only what people say of it is theirs to change."""

    list_display = [
        "id_column",
        "status_column",
        "progress_column",
        "label_column",
        "path_column",
        "age_column",
        "cancellation_column",
    ]
    list_display_links = ["id_column"]
    preserve_filters = False
    list_filter = [
        StatusFilter,
        ApiFilter,
        AppFilter,
        SubmittedFilter,
        CancellationFilter,
        SourceFilter,
    ]
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ["age_column"]
    search_fields = ["remote_id", "label"]
    search_help_text = "The beginning of a job id, or a part of a label."
    empty_value_display = "–"

    def get_urls(self) -> list[URLPattern]:
        rows = self.admin_site.admin_view(require_GET(self.rows_view))
        return [path("rows/", rows, name="mediajobs_job_rows"), *super().get_urls()]

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the rows of the list alone, for a list that is being watched."""
        response = self.changelist_view(request)
        response.template_name = "admin/mediajobs/job/rows.html"
        return response

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Name the app of each job where there are several."""
        several = ["app_column"] if Credential.objects.exists() else []
        return [*self.list_display, *several]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        jobs = super().get_queryset(request).select_related("credential")
        return jobs.annotate(cancel_state=NEWEST_STATE)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out the bulk delete: jobs are deleted one by one, by their page."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description="job")
    def id_column(self, job: Job) -> SafeString:
        return format_html('<span class="mono" title="{}">{}</span>', job.remote_id, job.short_id)

    @admin.display(description="label")
    def label_column(self, job: Job) -> SafeString | None:
        if not job.label:
            return None
        return format_html('<a href="{}">{}</a>', reverse(DETAIL, args=[job.pk]), job.label)

    @admin.display(description="API")
    def path_column(self, job: Job) -> str:
        return job.path.removeprefix("/media/")

    @admin.display(description="app")
    def app_column(self, job: Job) -> str:
        return str(job.credential or "of the settings")

    @admin.display(description="status")
    def status_column(self, job: Job) -> SafeString:
        return badge("missing" if job.missing_at else job.status, job.status_words)

    @admin.display(description="progress")
    def progress_column(self, job: Job) -> SafeString | None:
        if job.progress is None:
            return None
        bar = '<progress max="100" value="{0}" aria-label="Progress"></progress> {0} %'
        return format_html(bar, job.progress)

    @admin.display(description="age", ordering="dated_at")
    def age_column(self, job: Job) -> SafeString | str:
        return age(job.dated_at)

    @admin.display(description="cancellation")
    def cancellation_column(self, job: Job) -> SafeString | None:
        if job.cancel_state is None:
            return None
        return badge(job.cancel_state, AttemptState(job.cancel_state).label)
