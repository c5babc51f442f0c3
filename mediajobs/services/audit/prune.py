"""Removing old events that were exported, in whole stretches between two checkpoints."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from mediajobs import guard
from mediajobs.log_lines import escaped
from mediajobs.models import AuditCheckpoint, AuditKind
from mediajobs.services.audit import keys
from mediajobs.services.audit.checkpoint import make, publish, why_none
from mediajobs.services.audit.record import Actor, record
from mediajobs.services.audit.removed import pruned_seq
from mediajobs.services.audit.report import Verdict
from mediajobs.services.audit.seal import first_unsealed, seal_some, take_turn
from mediajobs.services.audit.verify import verify
from mediajobs.services.audit.verify_copies import copy_of
from mediajobs.services.audit.verify_export import TamperedError, UnreadableError, records

logger = logging.getLogger(__name__)

#: Writers wait while a stretch is removed: of so many events where checkpoints allow.
STRETCH = 10_000
#: So many deadlocks are borne for each of them; this is what PostgreSQL calls one.
DEADLOCKS = 5
DEADLOCK = "40P01"
#: Whoever reads or writes events waits behind whoever waits to remove them: for so long at most.
PATIENCE = "3s"
NOT_FREE = "55P03"  # what PostgreSQL says at the end of that
IN_USE = (
    "Nothing more is removed: somebody reads the trail for long, as a backup does. Try again when "
    "nobody does."
)

#: How many events went, and the checkpoint that says so.
Removed = tuple[int, AuditCheckpoint]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds that verifies: the links from first to last, and its hash."""

    path: str
    first_seq: int
    digests: dict[int, str]  # of its checkpoints by number
    digest: str


def prune(*, before: datetime, export: str, by: Actor, stretch: int = STRETCH) -> Iterator[int]:
    """Remove the events sealed by a checkpoint made before then; give the number of each stretch.

    Only what the file `export` holds and shows to be whole, of a trail that verifies: raises
    ValidationError at once where that is not given. Each stretch goes when it is asked for, in a
    transaction of its own, which leaves an event and a checkpoint that say what went. Raises
    ValidationError there where no checkpoint may be made any more, or the trail is not free.
    """
    check_age(before)
    check_trail(export)
    exported = read_export(export)
    return removed(boundaries(before, exported, stretch), exported, by)


def removed(ends: list[AuditCheckpoint], exported: Exported, by: Actor) -> Iterator[int]:
    """Remove one stretch after the other; each is counted before it is told outside."""
    for end in ends:
        count, made = again_after_a_deadlock(partial(remove_up_to, end, exported, by))
        yield count
        publish(made)


def check_age(before: datetime) -> None:
    latest = timezone.now() - timedelta(days=settings.AUDIT_KEEP_DAYS)
    if before > latest:
        raise ValidationError(
            f"Events are kept for {settings.AUDIT_KEEP_DAYS} days (AUDIT_KEEP_DAYS): choose "
            f"{latest:%Y-%m-%d} or earlier."
        )


def check_trail(export: str) -> None:
    report = verify(export=export)
    if report.verdict not in (Verdict.SOUND, Verdict.LAGGING):
        words = " ".join(problem.words for problem in report.problems)
        raise ValidationError(f"Nothing is removed from a trail that does not verify. {words}")


def read_export(path: str) -> Exported:
    """Read what a file holds; raises ValidationError unless it is a whole and sound export."""
    first_seq, digests, last = 0, {}, {}
    copy = copy_of(path)
    try:
        for last, progress in records(
            copy.lines(), keys.known_keys(), signed_from=settings.AUDIT_SIGNED_FROM
        ):
            if last["kind"] == "header":
                first_seq = last["first_seq"]
            elif last["kind"] == "checkpoint" and progress.is_whole:
                digests[last["number"]] = last["digest"]
    except (OSError, TamperedError, UnreadableError) as error:
        raise ValidationError(escaped(f"The export {path} cannot be used: {error}")) from None
    return Exported(path, first_seq, digests, last["digest"])


def boundaries(before: datetime, exported: Exported, stretch: int) -> list[AuditCheckpoint]:
    """Choose the checkpoints up to which is removed, one after the other."""
    removed_seq = pruned_seq()
    if exported.first_seq > removed_seq + 1:
        raise ValidationError(
            f"The export begins with link {exported.first_seq}; what is oldest here is "
            f"link {removed_seq + 1}. Make a new export."
        )
    old = AuditCheckpoint.objects.filter(at__lt=before, seq__gt=removed_seq).order_by("number")
    is_exported = [each for each in old if exported.digests.get(each.number) == each.digest]
    return in_stretches(is_exported, removed_seq, stretch)


def in_stretches(
    checkpoints: list[AuditCheckpoint], seq: int, stretch: int
) -> list[AuditCheckpoint]:
    """Keep the last checkpoint of each stretch after `seq`."""
    chosen: list[AuditCheckpoint] = []
    for checkpoint, following in zip_longest(checkpoints, checkpoints[1:]):
        is_full = following is None or following.seq - seq > stretch
        if is_full and checkpoint.seq > seq:
            chosen.append(checkpoint)
            seq = checkpoint.seq
    return chosen


def again_after_a_deadlock(deed: Callable[[], Removed]) -> Removed:
    """Do what is done as a whole or not at all; PostgreSQL may break it off, as sealing reads
    events before links.
    """
    for _ in range(DEADLOCKS):
        try:
            return deed()
        except OperationalError as error:
            if sqlstate(error) != DEADLOCK:
                raise
            logger.warning("a stretch is removed once more: %s", str(error).strip())
    return deed()


@transaction.atomic
def remove_up_to(end: AuditCheckpoint, exported: Exported, by: Actor) -> Removed:
    """Remove what was sealed up to a checkpoint, and say so in the trail; return how many events
    that were, and the new checkpoint.
    """
    take_turn(wait=True)
    if refusal := why_none():
        raise ValidationError(f"Nothing is removed without a checkpoint. {refusal}")
    count = delete_up_to(end.seq)
    words = (
        f"Removed {count:,} events, links {end.seq - count + 1} to {end.seq}, of the time "
        f"before {end.at:%Y-%m-%d %H:%M:%S} UTC. "
        f"Exported with the closing digest {exported.digest}."
    )
    record(AuditKind.TRAIL_PRUNED, by, detail=words)
    after = first_unsealed()
    while seal_some(after):
        pass
    return count, make(f"pruned: {words}", removed_seq=end.seq)


def delete_up_to(seq: int) -> int:
    """Delete links up to this one and their events; the triggers are back before anybody looks."""
    events, links = guard.EVENTS, guard.LINKS
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lock(cursor, links, events)
        guard.remove(links, events)
        old = f"SELECT event_id FROM {links} WHERE seq <= %s"  # noqa: S608 -- names of our own
        cursor.execute(f"DELETE FROM {events} WHERE id IN ({old})", [seq])  # noqa: S608
        cursor.execute(f"DELETE FROM {links} WHERE seq <= %s", [seq])  # noqa: S608
        count = cursor.rowcount
        guard.create(links, events)
    return count


def lock(cursor: Any, links: str, events: str) -> None:
    """Keep everybody else away, in the order of whoever verifies, lest that one and this wait for
    each other; raises ValidationError rather than let all deeds wait behind a long reading.
    """
    cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    try:
        cursor.execute(f"LOCK TABLE {links}, {events} IN ACCESS EXCLUSIVE MODE")
    except OperationalError as error:
        if sqlstate(error) != NOT_FREE:
            raise
        raise ValidationError(IN_USE) from None


def sqlstate(error: OperationalError) -> str:
    return getattr(error.__cause__, "sqlstate", "")
