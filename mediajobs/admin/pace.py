"""How fast a cancellation goes, when all of it will be sent, and what holds it back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.template.defaultfilters import pluralize
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind, CancelBatch

#: The pace is that of so many last seconds, or of as many as the batch has been running.
WINDOW = timedelta(seconds=10)
#: What a worker wrote of its pace is news for so long.
FRESH = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of a batch that is being sent, in sentences."""

    words: str
    holds: list[str]


def pace_of(batch: CancelBatch, queued_count: int, deeds: list[AuditEvent]) -> Pace | None:
    """Tell the pace of a running batch; None when there is nothing to send."""
    if not (batch.is_sending and queued_count):
        return None
    now = timezone.now()
    since = max(now - WINDOW, running_since(batch, deeds))
    sent = AuditEvent.objects.sent_count(batch.pk, since=since)
    waiting = batch.attempts.count_waiting()
    left = queued_count - waiting["other"]
    words = pace_words(sent, left, max(1, (now - since).total_seconds()))
    return Pace(words, [*holds(batch), *waits(**waiting), *turns(batch)])


def running_since(batch: CancelBatch, deeds: list[AuditEvent]) -> datetime:
    """Say when it was released or last resumed; of the engine's resuming only the trail tells."""
    resumed = [deed.at for deed in deeds if deed.kind == AuditKind.BATCH_RESUMED]
    return max([batch.confirmed_at, *resumed])


def pace_words(sent_count: int, left_count: int, seconds: float) -> str:
    """Say how fast it went a moment ago, and how long the rest takes at that pace."""
    if left_count <= 0:
        return "Nothing is left to send but what waits for another cancellation."
    last = f"the last {seconds:.0f} seconds" if seconds >= 1.5 else "the last second"
    if not sent_count:
        return (
            f"No request was accepted in {last}, nor refused for good: "
            "how long the rest takes cannot be told."
        )
    left = duration(left_count * seconds / sent_count)
    return (
        f"{sent_count / seconds:.3g} a second over {last}; "
        f"at this pace the rest is sent in about {left}."
    )


def duration(seconds: float) -> str:
    """Write a length of time in one unit, rounded up."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{-(-seconds // size):.0f} {unit}"
    return f"{-(-seconds // 1):.0f} s"


def holds(batch: CancelBatch) -> Iterator[str]:
    """Say what limited the worker when it last wrote."""
    if batch.held_by and batch.worked_at and timezone.now() - batch.worked_at < FRESH:
        yield batch.held_by


def waits(other: int, look: int, next_try: int, first_at: datetime | None) -> Iterator[str]:
    """Say how many wait for what; what another cancellation asked for may never be sent."""
    if other:
        yield f"{wait(other)} for another cancellation’s request, and no time is reckoned for it."
    if look:
        yield f"{wait(look)} for a look at the job."
    if next_try:
        yield f"{wait(next_try)} for the next try, from {first_at:%H:%M:%S} UTC on."


def wait(count: int) -> str:
    return f"{count:,} wait{pluralize(count, 's,')}"


def turns(batch: CancelBatch) -> Iterator[str]:
    """Say with how many others the batch takes turns."""
    if others := CancelBatch.objects.with_work_due().exclude(pk=batch.pk).count():
        yield f"It takes turns with {others:,} other cancellation{pluralize(others)}."
