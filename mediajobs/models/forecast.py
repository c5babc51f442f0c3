"""What will become of the jobs of a draft if somebody confirms it now."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    Min,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    Value,
    When,
)

from mediajobs.models.attempt import AttemptState, CancelAttempt
from mediajobs.models.batch import CancelBatch
from mediajobs.models.job import FINAL_STATUSES, JobStatus


class Prospect(TextChoices):
    """What confirming would do about one job."""

    REQUEST = "request", "Cancellation will be requested"
    UNKNOWN = "unknown", "Status unknown: cancellation will be requested all the same"
    MISSING = "missing", "Not known to the media API when last asked: requested all the same"
    ENDED = "already_final", "Already finished: left alone"
    ELSEWHERE = "joined", "Already requested by another cancellation: not asked twice"
    DELETED = "not_sent", "Deleted from the panel: left out"


#: For these a request is sent.
REQUESTED = (Prospect.REQUEST, Prospect.UNKNOWN, Prospect.MISSING)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many jobs have which prospect, and how old the news of those to request is."""

    counts: dict[str, int]
    oldest_check_at: datetime | None
    never_checked_count: int

    @property
    def to_request_count(self) -> int:
        return sum(self.counts[each] for each in REQUESTED)

    def rows(self) -> list[tuple[str, str, int]]:
        """List the prospects that some job has: value, words, number."""
        return [
            (each.value, each.label, self.counts[each]) for each in Prospect if self.counts[each]
        ]


def with_prospect(attempts: QuerySet[CancelAttempt]) -> QuerySet[CancelAttempt]:
    """Add the `prospect` of each attempt, by its job as stored now."""
    others = CancelAttempt.objects.live().filter(job=OuterRef("job"))
    ended = Q(state=AttemptState.ALREADY_FINAL) | Q(job__status__in=FINAL_STATUSES)
    return attempts.annotate(
        prospect=Case(
            When(ended, then=Value(Prospect.ENDED)),
            When(job=None, then=Value(Prospect.DELETED)),
            When(Exists(others.exclude(batch=OuterRef("batch"))), then=Value(Prospect.ELSEWHERE)),
            When(job__missing_at__isnull=False, then=Value(Prospect.MISSING)),
            When(job__status=JobStatus.UNKNOWN, then=Value(Prospect.UNKNOWN)),
            default=Value(Prospect.REQUEST),
        )
    )


def forecast(batch: CancelBatch) -> Forecast:
    """Count what will happen to the jobs of a draft, in one query."""
    never = Count("job", filter=Q(job__checked_at=None))
    rows = with_prospect(batch.attempts.order_by()).values_list("prospect")
    rows = rows.annotate(total=Count("id"), oldest=Min("job__checked_at"), never=never)
    found = {prospect: facts for prospect, *facts in rows}
    asked = [found[each] for each in REQUESTED if each in found]
    return Forecast(
        counts={each: found[each][0] if each in found else 0 for each in Prospect},
        oldest_check_at=min((read for _, read, _ in asked if read), default=None),
        never_checked_count=sum(never for _, _, never in asked),
    )
