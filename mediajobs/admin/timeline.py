"""Events told in words: those of a job, and those of one item of a cancellation."""

from dataclasses import dataclass

from mediajobs.models import AttemptState, AuditEvent, AuditKind, CancelBatch, Job
from mediajobs.models.audit import AuditEventQuerySet
from mediajobs.services.audit import readable

MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `batch` is the cancellation it belongs to, if that is still there."""

    event: AuditEvent
    words: str
    batch: CancelBatch | None

    @property
    def reason(self) -> str:
        """Why it was asked for, told where the request sets out and not at every step."""
        is_asking = self.event.kind == AuditKind.CANCEL_SENT
        return self.batch.reason if is_asking and self.batch else ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events and how many there are that no driver can read; there are more if it is cut."""

    entries: list[Entry]
    unreadable_count: int

    @property
    def is_cut(self) -> bool:
        return len(self.entries) + self.unreadable_count == MOST_EVENTS


def timeline(job: Job) -> Timeline:
    """Tell the newest events about a job, newest first, in two queries."""
    events, unreadable_count = newest_of(AuditEvent.objects.about_job(job.remote_id))
    batches = CancelBatch.objects.in_bulk({event.batch_id for event in events} - {None})
    entries = [Entry(event, tell(event), batches.get(event.batch_id)) for event in events]
    return Timeline(entries, unreadable_count)


def neighbours(event: AuditEvent) -> Timeline:
    """Tell the newest of what happened to the same item, in order; in one query."""
    if event.attempt_id is None:
        return Timeline([], 0)
    events, unreadable_count = newest_of(AuditEvent.objects.of_attempt(event.attempt_id))
    return Timeline([Entry(each, tell(each), None) for each in events[::-1]], unreadable_count)


def newest_of(events: AuditEventQuerySet) -> tuple[list[AuditEvent], int]:
    return readable(events.order_by("-pk")[:MOST_EVENTS], events)


def tell(event: AuditEvent) -> str:
    """Say in a few words what happened: "The media API answered: requested"."""
    words = event.get_kind_display()
    outcomes = dict(AttemptState.choices)
    if event.outcome:
        words += f": {outcomes.get(event.outcome, event.outcome).lower()}"
    return words
