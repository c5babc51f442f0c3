"""Comparing the items of each finished cancellation with the hash that its end has on record."""

import re
from collections.abc import Iterator
from datetime import datetime
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
from mediajobs.services.audit.outcomes import outcome_digest
from mediajobs.services.audit.report import Problem, tampered
from mediajobs.services.audit.snapshot import PAGE
from mediajobs.services.audit.verify_links import LATE
from mediajobs.services.audit.verify_reach import Reach

#: So many cancellations a query.
GROUP = 500
HASH = re.compile("SHA-256: ([0-9a-f]{64})$")
OTHERWISE = "and its row says otherwise or is gone"


def other_outcomes(reach: Reach) -> Iterator[Problem]:
    """Find a cancellation of which the trail tells another end.

    Begin at the events, so that nothing in a row can say that it is not to be compared; and
    find the rows that have none.
    """
    told = ends().filter(batch_id=OuterRef("pk"))
    of_now = reach.covers("pk", "ended_at")
    finished = CancelBatch.objects.filter(of_now, state=BatchState.FINISHED)
    for batch in finished.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{batch} finished, and the trail does not say so.")
    for numbers in finished_since(reach.since):
        yield from others_among(numbers)


def ends() -> AuditEventQuerySet:
    return AuditEvent.objects.filter(kind=AuditKind.BATCH_FINISHED, attempt_id__isnull=True)


def finished_since(since: datetime) -> Iterator[list[int]]:
    """Give, in groups, the cancellations that finished on record and were confirmed after then."""
    confirmed = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_CONFIRMED, batch_id=OuterRef("batch_id"), attempt_id__isnull=True
    )
    found = ends().filter(Exists(confirmed.filter(at__gt=since))).order_by("batch_id")
    numbers, rows = [0], found.values_list("batch_id", flat=True).distinct()
    while numbers := list(rows.filter(batch_id__gt=numbers[-1])[:GROUP]):
        yield numbers


def others_among(numbers: list[int]) -> Iterator[Problem]:
    """Compare cancellations of which the trail tells an end with their rows and items."""
    ended_later, too_near = unconfirmed_items(numbers)
    told, found = hashes_on_record(numbers), digests_of(numbers, ended_later)
    rows = CancelBatch.objects.filter(pk__in=numbers, state=BatchState.FINISHED)
    finished = set(rows.values_list("pk", flat=True))
    for number in numbers:
        if number not in finished:
            what = f"cancellation {number} finished"
            yield tampered(f"The trail says that {what}, {OTHERWISE}.")
        elif number not in too_near and told[number] not in ("", found[number]):
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
    for attempt, batch, pk, at in ended.values_list("attempt_id", "batch_id", "pk", "at"):
        finish_pk, finish_at = finishes[batch]
        if pk > finish_pk:
            ended_later.add(attempt)
        if abs(at - finish_at) < LATE:
            too_near.add(batch)
    return ended_later, too_near


def hashes_on_record(numbers: list[int]) -> dict[int, str]:
    """Give the hash of each end that was recorded first; "" for one without a hash."""
    newest_first = ends().filter(batch_id__in=numbers).order_by("-pk")
    return {
        number: found[1] if (found := HASH.search(detail)) else ""
        for number, detail in newest_first.values_list("batch_id", "detail")
    }


def digests_of(numbers: list[int], ended_later: set[int]) -> dict[int, str]:
    """Hash the items as they stood when their cancellations finished."""
    rows = CancelAttempt.objects.filter(batch__in=numbers).order_by("batch_id", "pk")
    columns = rows.values_list("batch_id", "pk", "remote_id", "state").iterator(PAGE)
    found = dict.fromkeys(numbers, outcome_digest([]))
    for number, items in groupby(columns, key=itemgetter(0)):
        found[number] = outcome_digest(
            (remote_id, AttemptState.UNCONFIRMED if key in ended_later else state)
            for _, key, remote_id, state in items
        )
    return found
