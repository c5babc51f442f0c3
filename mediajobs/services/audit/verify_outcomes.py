"""Comparing the items of each cancellation with the hashes that the trail has of its jobs and of
its end.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from django.db.models import Exists, OuterRef

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
)
from mediajobs.models.audit import AuditEventQuerySet
from mediajobs.services.audit.outcomes import hash_at_end, job_line, outcome_line
from mediajobs.services.audit.report import Problem, tampered
from mediajobs.services.audit.seal import LOWEST
from mediajobs.services.audit.snapshot import PAGE
from mediajobs.services.audit.verify_links import LATE
from mediajobs.services.audit.verify_reach import Reach

#: So many cancellations a query.
GROUP = 500
NO_JOBS = sha256().hexdigest()
OTHERWISE = "and its row says otherwise or is gone"


def other_outcomes(reach: Reach) -> Iterator[Problem]:
    """Find a cancellation of which the trail tells other jobs, or another end.

    Begin at the events, so that nothing in a row can say that it is not to be compared; and
    find the rows that have none.
    """
    told = ends().filter(batch_id=OuterRef("pk"))
    of_now = reach.covers("pk", "ended_at")
    finished = CancelBatch.objects.filter(of_now, state=BatchState.FINISHED)
    for batch in finished.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{batch} finished, and the trail does not say so.")
    for numbers in confirmed_since(reach.since):
        yield from others_among(numbers)


def deeds(kind: AuditKind) -> AuditEventQuerySet:
    return AuditEvent.objects.filter(kind=kind, attempt_id__isnull=True)


def ends() -> AuditEventQuerySet:
    return deeds(AuditKind.BATCH_FINISHED)


def confirmed_since(since: datetime) -> Iterator[list[int]]:
    """Give, in groups, the cancellations that were confirmed on record after then."""
    found = deeds(AuditKind.BATCH_CONFIRMED).filter(at__gt=since).order_by("batch_id")
    numbers, rows = [LOWEST], found.values_list("batch_id", flat=True).distinct()
    while numbers := list(rows.filter(batch_id__gt=numbers[-1])[:GROUP]):
        yield numbers


def others_among(numbers: list[int]) -> Iterator[Problem]:
    """Compare cancellations with the jobs that were confirmed, and with the end if one is told."""
    ended_later, too_near = unconfirmed_items(numbers)
    drafted = hashes_on_record(AuditKind.BATCH_DRAFTED, numbers)
    chosen = hashes_on_record(AuditKind.BATCH_CONFIRMED, numbers)
    ended = hashes_on_record(AuditKind.BATCH_FINISHED, numbers)
    jobs, outcomes = digests_of(numbers, ended_later)
    rows = CancelBatch.objects.filter(pk__in=numbers, state=BatchState.FINISHED)
    finished = set(rows.values_list("pk", flat=True))
    for number in numbers:
        if number in ended and number not in finished:
            what = f"cancellation {number} finished"
            yield tampered(f"The trail says that {what}, {OTHERWISE}.")
        elif chosen[number] not in ("", jobs[number]):
            yield tampered(f"Cancellation {number} has other jobs than were confirmed.")
        elif drafted.get(number) and chosen[number] not in ("", drafted[number]):
            yield tampered(f"Cancellation {number} was confirmed with other jobs than drafted.")
        elif number not in too_near and ended.get(number, "") not in ("", outcomes[number]):
            words = "other outcomes than the trail has of its end"
            yield tampered(f"Cancellation {number} has {words}.")


def unconfirmed_items(numbers: list[int]) -> tuple[set[int], set[int]]:
    """Give the attempts that were unconfirmed when their cancellation finished, whatever came of
    them since; and the cancellations of which that cannot be told, for both came at once.
    """
    events = AuditEvent.objects.filter(batch_id__in=numbers).order_by()
    unconfirmed = events.filter(kind=AuditKind.CANCEL_UNCONFIRMED)
    of_these = {"attempt_id__in": unconfirmed.values("attempt_id")}
    ended = events.filter(kind=AuditKind.CANCEL_ENDED, **of_these)
    finishes = ends().filter(batch_id__in=numbers).values_list("batch_id", "pk", "at")
    finishes = {batch: (pk, at) for batch, pk, at in finishes}
    ended_later, too_near = set(), set()
    of_finished = ended.filter(batch_id__in=finishes)
    for attempt, batch, pk, at in of_finished.values_list("attempt_id", "batch_id", "pk", "at"):
        finish_pk, finish_at = finishes[batch]
        if pk > finish_pk:
            ended_later.add(attempt)
        if abs(at - finish_at) < LATE:
            too_near.add(batch)
    return ended_later, too_near


def hashes_on_record(kind: AuditKind, numbers: list[int]) -> dict[int, str]:
    """Give the hash that the deed of each cancellation has; "" for one of before there were any."""
    newest_first = deeds(kind).filter(batch_id__in=numbers).order_by("-pk")
    return {
        number: hash_at_end(detail)
        for number, detail in newest_first.values_list("batch_id", "detail")
    }


def digests_of(numbers: list[int], ended_later: set[int]) -> tuple[dict[int, str], dict[int, str]]:
    """Hash the jobs, and the items as they stood when their cancellations finished."""
    rows = CancelAttempt.objects.filter(batch__in=numbers).order_by("batch_id", "pk")
    columns = rows.values_list("batch_id", "pk", "remote_id", "state").iterator(PAGE)
    jobs, outcomes = dict.fromkeys(numbers, NO_JOBS), dict.fromkeys(numbers, NO_JOBS)
    for number, items in groupby(columns, key=itemgetter(0)):
        of_jobs, of_outcomes = sha256(), sha256()
        for _, key, remote_id, state in items:
            state_then = AttemptState.UNCONFIRMED if key in ended_later else state
            of_jobs.update(job_line(remote_id))
            of_outcomes.update(outcome_line(remote_id, state_then))
        jobs[number], outcomes[number] = of_jobs.hexdigest(), of_outcomes.hexdigest()
    return jobs, outcomes
