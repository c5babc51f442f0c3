"""The filters of the job list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    BatchState,
    CancelAttempt,
    Credential,
    JobSource,
    JobStatus,
)
from mediajobs.models.attempt import OPEN_STATES, PROBLEM_STATES, CancelAttemptQuerySet
from mediajobs.models.job import ACTIVE_STATUSES, FINAL_STATUSES, MEDIA_PATHS


def confirmed_attempts(**about: Any) -> CancelAttemptQuerySet:
    """Keep the attempts of cancellations that somebody confirmed; a draft asks for nothing."""
    return CancelAttempt.objects.filter(**about).exclude(batch__state=BatchState.DRAFT)


def newest_attempts(*states: AttemptState) -> QuerySet:
    """Keep the attempts in one of `states` that no later one for the same job follows."""
    later = confirmed_attempts(job=OuterRef("job"), pk__gt=OuterRef("pk"))
    return confirmed_attempts(state__in=states).filter(~Exists(later))


def with_fields(**fields: Any) -> Callable[[QuerySet], QuerySet]:
    return lambda rows: rows.filter(**fields)


def with_newest_attempt(*states: AttemptState) -> Callable[[QuerySet], QuerySet]:
    return lambda jobs: jobs.filter(pk__in=newest_attempts(*states).values("job"))


def without_attempt(jobs: QuerySet) -> QuerySet:
    return jobs.filter(~Exists(confirmed_attempts(job=OuterRef("pk"))))


def within(age: timedelta) -> Callable[[QuerySet], QuerySet]:
    return lambda jobs: jobs.filter(dated_at__gte=timezone.now() - age)


class ChoiceFilter(admin.SimpleListFilter):
    """Each choice keeps some of the rows; a value that nobody offered keeps none.

    An ignored value would show, and hand to an action, jobs that were not asked for.
    """

    choices_of: dict[str, tuple[str, Callable[[QuerySet], QuerySet]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _) in self.choices_of.items()]

    @property
    def unknown(self) -> str:
        """What was asked for and nobody offered, or ""."""
        value = self.value()
        return "" if value is None or value in self.choices_of else value

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value is None:
            return queryset
        if value not in self.choices_of:
            return queryset.none()
        _, keep = self.choices_of[value]
        return keep(queryset)


class StatusFilter(ChoiceFilter):
    title = "status"
    parameter_name = "status"
    choices_of = {
        "active": ("Not finished", with_fields(status__in=ACTIVE_STATUSES)),
        "final": ("Finished", with_fields(status__in=FINAL_STATUSES)),
        **{value: (words, with_fields(status=value)) for value, words in JobStatus.choices},
    }


class ApiFilter(ChoiceFilter):
    title = "API"
    parameter_name = "path"
    choices_of = {
        **{path: (path.removeprefix("/media/"), with_fields(path=path)) for path in MEDIA_PATHS},
        "other": ("other", lambda jobs: jobs.exclude(path__in=MEDIA_PATHS)),
    }


class SubmittedFilter(ChoiceFilter):
    title = "submitted"
    parameter_name = "submitted"
    choices_of = {
        "1h": ("last hour", within(timedelta(hours=1))),
        "24h": ("last 24 hours", within(timedelta(hours=24))),
        "7d": ("last 7 days", within(timedelta(days=7))),
        "31d": ("last 31 days", within(timedelta(days=31))),
    }


class CancellationFilter(ChoiceFilter):
    title = "cancellation"
    parameter_name = "cancellation"
    choices_of = {
        "none": ("none", without_attempt),
        "open": ("requested or waiting", with_newest_attempt(*OPEN_STATES)),
        "cancelled": ("cancelled", with_newest_attempt(AttemptState.CANCELLED)),
        "problems": ("problems", with_newest_attempt(*PROBLEM_STATES)),
    }


class AppFilter(ChoiceFilter):
    """By app; where there is only that of the settings, Django drops a filter without choices."""

    title = "app"
    parameter_name = "app"

    def __init__(self, *args: Any) -> None:
        apps = list(Credential.objects.all())
        of_settings = {"settings": ("of the settings", with_fields(credential=None))}
        others = {str(app.pk): (app.name, with_fields(credential=app.pk)) for app in apps}
        self.choices_of = of_settings | others if apps else {}
        super().__init__(*args)


class SourceFilter(ChoiceFilter):
    title = "source"
    parameter_name = "source"
    choices_of = {value: (words, with_fields(source=value)) for value, words in JobSource.choices}
