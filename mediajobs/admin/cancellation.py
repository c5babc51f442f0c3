"""The list of cancellations."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.utils.safestring import SafeString

from mediajobs.admin.filters import AppFilter, ChoiceFilter, with_fields
from mediajobs.admin.lists import OwnFilters
from mediajobs.admin.progress import state_of, words_of
from mediajobs.admin.readonly import ReadOnlyAdmin
from mediajobs.admin.steering import SteerBatchMixin
from mediajobs.models import BatchState, CancelAttempt, CancelBatch, Credential
from mediajobs.templatetags.panel import age, badge


def finished(*, well: bool) -> Callable[[QuerySet], QuerySet]:
    """Keep the finished batches with a problem, or those without: the two states on the list."""
    problems = CancelAttempt.objects.with_problems().filter(batch=OuterRef("pk"))
    is_meant = ~Exists(problems) if well else Exists(problems)
    return lambda batches: batches.filter(is_meant, state=BatchState.FINISHED)


class StateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state"
    choices_of = {
        "draft": ("Draft", with_fields(state=BatchState.DRAFT)),
        "running": ("Running", with_fields(state=BatchState.RUNNING)),
        "paused": ("Paused", with_fields(state=BatchState.PAUSED)),
        "finished": ("Finished", finished(well=True)),
        "problems": ("Finished with problems", finished(well=False)),
        "aborted": ("Aborted", with_fields(state=BatchState.ABORTED)),
    }


class WhoFilter(admin.AllValuesFieldListFilter):
    """Everybody who ever drafted a cancellation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "who"


class WithProgress(OwnFilters):
    """Counts the items of the rows of the list; the page of one batch has counts of its own."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[CancelBatch]:
        return super().get_queryset(*args, **kwargs).with_progress()


@admin.register(CancelBatch)
class CancelBatchAdmin(SteerBatchMixin, ReadOnlyAdmin):
    list_display = ["number", "standing", "who", "why", "jobs", "progress", "drafted"]
    list_filter = [StateFilter, AppFilter, ("requested_by_name", WhoFilter)]
    search_fields = ["=id"]
    search_help_text = "By number."
    sortable_by = ["number"]
    list_per_page = 50
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WithProgress

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Name the app of each cancellation where there are several."""
        several = ["app"] if Credential.objects.exists() else []
        return [*self.list_display, *several]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CancelBatch]:
        return super().get_queryset(request).select_related("credential")

    @admin.display(description="Cancellation", ordering="id")
    def number(self, batch: CancelBatch) -> str:
        return str(batch)

    @admin.display(description="State")
    def standing(self, batch: CancelBatch) -> SafeString:
        return badge(*state_of(batch, batch.problem_count))

    @admin.display(description="Who")
    def who(self, batch: CancelBatch) -> str:
        return batch.requested_by_name

    @admin.display(description="Reason")
    def why(self, batch: CancelBatch) -> str:
        return truncatechars(batch.reason, 60) or "–"

    @admin.display(description="Jobs")
    def jobs(self, batch: CancelBatch) -> str:
        return f"{batch.frozen_count:,}"

    @admin.display(description="Progress")
    def progress(self, batch: CancelBatch) -> str:
        return words_of(batch, batch.frozen_count, batch.open_count, batch.problem_count)

    @admin.display(description="App")
    def app(self, batch: CancelBatch) -> str:
        return str(batch.credential or "of the settings")

    @admin.display(description="Age")
    def drafted(self, batch: CancelBatch) -> SafeString | str:
        return age(batch.created_at)
