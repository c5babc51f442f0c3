"""Whether checkpoints were made in time: what waits for one could be changed unseen meanwhile."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditKind, AuditLink
from mediajobs.models.audit import AuditEventQuerySet
from mediajobs.services.audit.report import Problem, lagging
from mediajobs.services.audit.snapshot import PAGE
from mediajobs.services.audit.verify_links import shifted

#: Made every five minutes; one may be late.
OVERDUE = timedelta(minutes=10)


def overdue(newest: AuditCheckpoint | None) -> Iterator[Problem]:
    """Say that there is no new checkpoint, unless nothing was recorded for which to make one."""
    first = deeds().order_by("pk").first()
    due_at = newest.at if newest else first and first.at
    if due_at and timezone.now() - due_at > OVERDUE:
        since = f"since {due_at:%Y-%m-%d %H:%M} UTC"
        yield lagging(f"There was no checkpoint {since}. Is a worker running, and the clock?")


def covered_late(since: int) -> Iterator[str]:
    """Say of events behind link `since` that they waited long for the checkpoint that covers them.

    Nobody can mend that any more. Looked for only where checkpoints lie far apart: that nothing
    happens is no fault.
    """
    last = AuditCheckpoint.objects.filter(seq__lte=since).first() if since else None
    number, last_at = (last.number, last.at) if last else (0, None)
    seq = since
    rows = AuditCheckpoint.objects.filter(number__gt=number).order_by("number")
    for next_number, next_seq, at in rows.values_list("number", "seq", "at").iterator(PAGE):
        is_far = last_at is None or at - last_at > OVERDUE
        if is_far and (oldest := oldest_that_waited(seq, next_seq, last_at, at)):
            yield late_words(number, next_number, at, oldest)
        number, seq, last_at = next_number, next_seq, at


def oldest_that_waited(
    seq: int, next_seq: int, last_at: datetime | None, at: datetime
) -> datetime | None:
    """Look for it by time, which an index has, and then whether it is sealed between the two."""
    links = AuditLink.objects.filter(event_id=OuterRef("pk"), seq__gt=seq, seq__lte=next_seq)
    events = deeds().filter(at__lt=shifted(at, -OVERDUE))
    if last_at:
        events = events.filter(at__gte=last_at)
    return events.filter(Exists(links)).order_by("at").values_list("at", flat=True).first()


def late_words(number: int, next_number: int, at: datetime, oldest: datetime) -> str:
    between = (
        f"between checkpoints {number} and {next_number}" if number else "before the first one"
    )
    return (
        f"Events {between} waited up to {(at - oldest).total_seconds() // 60:.0f} min, since "
        f"{oldest:%Y-%m-%d %H:%M} UTC, for checkpoint {next_number}: what was changed among them "
        "before it was made cannot be seen. No worker ran then, perhaps, or they were brought in "
        "from elsewhere; “--since” leaves out what is known."
    )


def deeds() -> AuditEventQuerySet:
    """Leave verifying out: where no worker ever ran there need not be a checkpoint for it."""
    return AuditEvent.objects.exclude(kind=AuditKind.TRAIL_VERIFIED)
