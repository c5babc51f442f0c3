"""Comparing the items of each finished cancellation with the hash that its end has on record."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
)
from mediajobs.services.audit.outcomes import outcome_digest
from mediajobs.services.audit.report import Problem, tampered
from mediajobs.services.audit.snapshot import PAGE
from mediajobs.services.audit.verify_links import LATE

#: So many cancellations a query.
GROUP = 500
HASH = re.compile("SHA-256: ([0-9a-f]{64})$")


def other_outcomes(since: datetime) -> Iterator[Problem]:
    """Find a cancellation, confirmed after `since`, of which the trail tells another end."""
    ended_later, too_near = unconfirmed_items()
    finished = CancelBatch.objects.filter(state=BatchState.FINISHED, confirmed_at__gt=since)
    numbers = [0]
    while numbers := list(
        finished.filter(pk__gt=numbers[-1]).order_by("pk").values_list("pk", flat=True)[:GROUP]
    ):
        told, found = hashes_on_record(numbers), digests_of(numbers, ended_later)
        for number in numbers:
            if number not in told:
                yield tampered(f"Cancellation {number} finished, and the trail does not say so.")
            elif number not in too_near and told[number] not in ("", found[number]):
                words = "other outcomes than the trail has of its end"
                yield tampered(f"Cancellation {number} has {words}.")


def unconfirmed_items() -> tuple[set[int], set[int]]:
    """Give the attempts that were unconfirmed when their cancellation finished, whatever came of
    them since; and the cancellations of which that cannot be told, for both came at once.
    """
    unconfirmed = AuditEvent.objects.filter(kind=AuditKind.CANCEL_UNCONFIRMED).order_by()
    items = dict(unconfirmed.values_list("attempt_id", "batch_id"))
    of_these = {"attempt_id__in": unconfirmed.values("attempt_id")}
    ended = AuditEvent.objects.filter(kind=AuditKind.CANCEL_ENDED, **of_these)
    ends = {key: (pk, at) for key, pk, at in ended.order_by().values_list("attempt_id", "pk", "at")}
    batches = {"batch_id__in": unconfirmed.values("batch_id")}
    finished = AuditEvent.objects.filter(kind=AuditKind.BATCH_FINISHED, **batches)
    finishes = {
        key: (pk, at) for key, pk, at in finished.order_by().values_list("batch_id", "pk", "at")
    }
    ended_later, too_near = set(), set()
    for attempt, batch in items.items():
        if attempt not in ends or batch not in finishes:
            continue
        (end_pk, end_at), (finish_pk, finish_at) = ends[attempt], finishes[batch]
        if end_pk > finish_pk:
            ended_later.add(attempt)
        if abs(end_at - finish_at) < LATE:
            too_near.add(batch)
    return ended_later, too_near


def hashes_on_record(numbers: list[int]) -> dict[int, str]:
    """Give the hash of each end that was recorded first; "" for one without a hash."""
    events = AuditEvent.objects.filter(kind=AuditKind.BATCH_FINISHED, attempt_id__isnull=True)
    newest_first = events.filter(batch_id__in=numbers).order_by("-pk")
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
