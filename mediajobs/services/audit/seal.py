"""Sealing: every committed event gets its link, one sealer at a time, behind the writers' backs."""

from contextlib import suppress

from django.db import DataError, connection, transaction
from django.db.models import Exists, Min, OuterRef

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.models.audit import AuditEventQuerySet
from mediajobs.models.link import NO_CHAIN

#: On SQLite, where whoever waits longest is not next, fewer would fall behind many writers; and
#: PostgreSQL reads the newest links anew for each batch.
BATCH = 16_000
#: So far behind the oldest of so many that were sealed last others are looked for that were
#: committed late.
WINDOW = 1000
#: Below any id: ours begin at one, and whoever may add events may choose others.
LOWEST = -(2**63) - 1
#: Above any link of ours: one that somebody added with it leaves no number for others.
MOST_SEQ = 2**63 - 1
#: Of our own choice: whoever holds it in PostgreSQL is the sealer.
LOCK = 0x6D65646961


class AnotherSealerError(Exception):
    """Raised when somebody else is sealing."""


def seal() -> int:
    """Seal what is committed, oldest first, and say how many; 0 if another sealer is at work.

    PostgreSQL may commit a smaller id after a larger one. What comes a little late is found
    here, what comes very late by the next checkpoint, which looks at all of the trail.
    """
    count, after = 0, window()
    is_more = unsealed(after).exists()  # without the lock that sealing takes
    with suppress(AnotherSealerError):
        while is_more:
            sealed = seal_some(after)
            count += len(sealed)
            after = further(after, sealed)
            is_more = len(sealed) == BATCH
    return count


@transaction.atomic
def seal_some(after: int, *, wait: bool = False) -> list[int]:
    """Seal up to a batch of the events with an id above `after`; return their ids in order.

    Raises AnotherSealerError unless it is to `wait` for the other, and DataError where the links
    have no number left.
    """
    take_turn(wait=wait)
    events = list(unsealed(after).order_by("pk").values_list("pk", "digest")[:BATCH])
    if events:
        seq, chain = head()
        if seq > MOST_SEQ - len(events):
            raise DataError(f"Link {seq} leaves no number for others: run audit_verify.")
        AuditLink.objects.append_after(seq, chain, events)
    return [event_id for event_id, _ in events]


def take_turn(*, wait: bool) -> None:
    """Be the one sealer until the transaction ends; on SQLite whoever writes is alone anyway."""
    if connection.vendor != "postgresql":
        return
    word = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {word}(%s)", [LOCK])
        if cursor.fetchone() == (False,):
            raise AnotherSealerError


def head() -> tuple[int, str]:
    """Give number and chain of the newest link, also when all links were removed as old."""
    links = AuditLink.objects.order_by("-seq").values_list("seq", "chain")
    checkpoints = AuditCheckpoint.objects.values_list("seq", "chain")
    return links.first() or checkpoints.first() or (0, NO_CHAIN)


def unsealed(after: int = LOWEST) -> AuditEventQuerySet:
    """Keep the events with an id above `after` that have no link.

    Said of both tables: PostgreSQL would read all links to find those of a few events.
    """
    link = AuditLink.objects.filter(event_id=OuterRef("pk"), event_id__gt=after)
    return AuditEvent.objects.filter(~Exists(link), pk__gt=after)


def further(after: int, sealed: list[int]) -> int:
    """Say above which id the next events are looked for."""
    return max(after, sealed[-1] - WINDOW) if sealed else after


def window() -> int:
    """Say above which id events are looked for that wait to be sealed.

    Whoever may add events may choose their ids; the greatest one alone would hide the others.
    """
    newest = AuditLink.objects.order_by("-seq")[:WINDOW]
    return (newest.aggregate(oldest=Min("event_id"))["oldest"] or 0) - WINDOW


def first_unsealed() -> int:
    """Give what lies just before the oldest event without a link."""
    oldest = unsealed().order_by().aggregate(oldest=Min("pk"))["oldest"]
    return window() if oldest is None else oldest - 1
