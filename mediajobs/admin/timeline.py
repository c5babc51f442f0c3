"""Events told in words: those of a job, and those of one item of a cancellation."""

from dataclasses import dataclass

from mediajobs.models import AttemptState, AuditEvent, AuditKind, CancelBatch, Job

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


def timeline(job: Job) -> list[Entry]:
    """Tell the newest events about a job, newest first, in two queries."""
    events = list(AuditEvent.objects.about_job(job.remote_id)[:MOST_EVENTS])
    batches = CancelBatch.objects.in_bulk({event.batch_id for event in events} - {None})
    return [Entry(event, tell(event), batches.get(event.batch_id)) for event in events]


def neighbours(event: AuditEvent) -> list[Entry]:
    """Tell all that happened to the same item, this event among it, in order; in one query."""
    if event.attempt_id is None:
        return []
    events = AuditEvent.objects.of_attempt(event.attempt_id)[:MOST_EVENTS]
    return [Entry(each, tell(each), None) for each in events]


def tell(event: AuditEvent) -> str:
    """Say in a few words what happened: "The media API answered: requested"."""
    words = event.get_kind_display()
    outcomes = dict(AttemptState.choices)
    if event.outcome:
        words += f": {outcomes.get(event.outcome, event.outcome).lower()}"
    return words
