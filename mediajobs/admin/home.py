"""What the overview shows: numbers of jobs, what is under way, what somebody should look at."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone

from mediajobs.admin.progress import state_of, words_of
from mediajobs.models import (
    AttemptState,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Job,
    JobStatus,
    Notice,
)
from mediajobs.models.attempt import CancelAttemptQuerySet
from mediajobs.models.job import FINAL_STATUSES

MOST_BATCHES = 20
MOST_PROBLEMS = 8
#: A bad end is news for a week; an unconfirmed request for as long as the remote knows its job.
NEWS_AGE = timedelta(days=7)
UNCONFIRMED_AGE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Number:
    """How many there are of one state."""

    state: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """A cancellation with where it stands, in words."""

    batch: CancelBatch
    state: str
    state_words: str
    words: str


@dataclass(slots=True)
class Trouble:
    """The items of one cancellation that did not end well."""

    batch_id: int
    who: str
    numbers: list[Number] = field(default_factory=list)


def lost_notices() -> list[Notice]:
    """List the newest notices of late that could not be delivered."""
    of_late = Notice.objects.given_up().filter(ended_at__gte=timezone.now() - NEWS_AGE)
    return list(of_late.select_related("batch").order_by("-ended_at")[:MOST_PROBLEMS])


def job_numbers() -> list[Number]:
    """Count the jobs by status, those without any too."""
    rows = Job.objects.order_by().values_list("status").annotate(Count("pk"))
    counts = dict.fromkeys(JobStatus.values, 0) | dict(rows)
    return [Number(status, status.label, counts[status]) for status in JobStatus]


def under_way(user: User) -> list[Line]:
    """Tell of the newest cancellations that go on, and of this person's drafts."""
    mine = Q(state=BatchState.DRAFT, requested_by=user)
    going_on = Q(state__in=(BatchState.RUNNING, BatchState.PAUSED))
    batches = CancelBatch.objects.filter(going_on | mine).with_progress()[:MOST_BATCHES]
    return [tell(batch) for batch in batches]


def tell(batch: CancelBatch) -> Line:
    state, state_words = state_of(batch, batch.problem_count)
    words = words_of(batch, batch.frozen_count, batch.open_count, batch.problem_count)
    return Line(batch, state, state_words, words)


def to_look_at() -> CancelAttemptQuerySet:
    """Keep the problems of late that nobody has retried yet."""
    now = timezone.now()
    unconfirmed = Q(state=AttemptState.UNCONFIRMED, batch__confirmed_at__gte=now - UNCONFIRMED_AGE)
    news = Q(batch__confirmed_at__gte=now - NEWS_AGE)
    retried = CancelBatch.objects.filter(parent__isnull=False, confirmed_at__isnull=False)
    recent = CancelAttempt.objects.with_problems().filter(unconfirmed | news)
    still_open = recent.exclude(batch__in=retried.values("parent"))
    # What another cancellation, or time, has settled needs no look any more.
    return still_open.exclude(job__status__in=FINAL_STATUSES)


def trouble_numbers() -> list[Number]:
    """Count what is to be looked at, by state."""
    rows = to_look_at().order_by("state").values_list("state").annotate(Count("pk"))
    return [Number(state, AttemptState(state).label, count) for state, count in rows]


def troubles() -> list[Trouble]:
    """Tell of the newest cancellations with something to look at, which states and how many."""
    keys = to_look_at().order_by("-batch").values("batch").distinct()[:MOST_PROBLEMS]
    rows = (
        to_look_at()
        .filter(batch__in=list(keys.values_list("batch", flat=True)))
        .order_by("-batch", "state")
        .values_list("batch", "batch__requested_by_name", "state")
        .annotate(Count("pk"))
    )
    found: dict[int, Trouble] = {}
    for batch_id, who, state, count in rows:
        trouble = found.setdefault(batch_id, Trouble(batch_id, who))
        trouble.numbers.append(Number(state, AttemptState(state).label, count))
    return list(found.values())
