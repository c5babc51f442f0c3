"""Pausing, resuming and aborting a batch that is under way."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from mediajobs.models import AttemptState, AuditKind, BatchState, CancelBatch, Happening
from mediajobs.services import notices
from mediajobs.services.audit import ENGINE, Actor, record
from mediajobs.services.engine import wake, wake_checkpoint
from mediajobs.services.settle import end, end_final

SWEEP = 1000


@transaction.atomic
def pause(batch: CancelBatch, *, by: Actor) -> bool:
    """Stop sending until somebody resumes it; say whether this call did.

    A batch that the engine paused for a while stays paused then.
    Requests under way are not called back, and what was asked for is still looked at.
    """
    check_steering(by)
    reason = f"{by.name} paused it."
    facts = {"paused_at": timezone.now(), "pause_reason": reason[:300], "resumes_at": None}
    waiting = CancelBatch.objects.filter(pk=batch.pk).paused_by_engine()
    if not (
        batch.move(BatchState.RUNNING, to=BatchState.PAUSED, **facts) or waiting.update(**facts)
    ):
        return False
    batch.refresh_from_db()
    record(AuditKind.BATCH_PAUSED, by, batch=batch, detail=reason)
    notices.tell_paused(batch)
    return True


@transaction.atomic
def pause_by_engine(batch: CancelBatch, *, reason: str, retry_after: float | None) -> bool:
    """Stop sending because the remote cannot be used; with `retry_after` (seconds) try again.

    Without it only a person can mend what is wrong, and resume: so stays what already waits.
    """
    now = timezone.now()
    resumes_at = now + timedelta(seconds=retry_after) if retry_after is not None else None
    facts = {"paused_at": now, "pause_reason": reason[:300], "resumes_at": resumes_at}
    if not batch.move(BatchState.RUNNING, to=BatchState.PAUSED, **facts):
        waiting = CancelBatch.objects.filter(pk=batch.pk).paused_by_engine()
        if resumes_at or not waiting.update(**facts):
            return False
        batch.refresh_from_db()
    record(AuditKind.BATCH_PAUSED, ENGINE, batch=batch, detail=reason)
    notices.tell_paused(batch)
    return True


@transaction.atomic
def resume(batch: CancelBatch, *, by: Actor) -> bool:
    """Go on with a paused batch; say whether this call did.

    The engine resumes what it paused itself, and not what a person paused since.
    """
    if by is not ENGINE:
        check_steering(by)
    elif not CancelBatch.objects.due_to_resume().select_for_update(no_key=True).filter(pk=batch.pk):
        return False
    facts = {"paused_at": None, "pause_reason": "", "resumes_at": None}
    if by is not ENGINE:
        facts["resumed_at"] = timezone.now()
    if not batch.move(BatchState.PAUSED, to=BatchState.RUNNING, **facts):
        return False
    record(AuditKind.BATCH_RESUMED, by, batch=batch)
    wake(batch)
    return True


def abort(batch: CancelBatch, *, by: Actor) -> bool:
    """Send nothing more of this batch, for good; say whether this call did.

    What was asked for by then stays asked for and is still looked at. A large batch is swept
    by a worker, some rows at a time, so that nobody waits for the database.
    """
    check_steering(by)
    with transaction.atomic():
        going_on = (BatchState.RUNNING, BatchState.PAUSED)
        facts = {"ended_at": timezone.now(), "resumes_at": None}
        if not batch.move(*going_on, to=BatchState.ABORTED, **facts):
            return False
        record(AuditKind.BATCH_ABORTED, by, batch=batch, detail=batch.outcome_words())
        words = f"{by.name} aborted it. What was not sent stays unsent."
        notices.tell(batch, Happening.ABORTED, at=batch.ended_at, detail=words)
        wake(batch)
        wake_checkpoint(batch)
    sweep_some(batch)
    return True


def sweep_aborted(batch: CancelBatch) -> None:
    """End what is still queued of an aborted batch; of another one, nothing."""
    while sweep_some(batch):
        pass


@transaction.atomic
def sweep_some(batch: CancelBatch) -> int:
    """End some of the queued ones; say how many.

    As not sent or, if sent before, by what the job came to, or as failed where it goes on.
    """
    rows = batch.attempts.queued().filter(batch__state=BatchState.ABORTED).order_by("pk")
    rows = rows.select_related("batch", "job")
    queued = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:SWEEP])
    sent = [attempt for attempt in queued if attempt.was_sent]
    ended = [attempt for attempt in sent if attempt.job and attempt.job.is_final]
    never_sent = [attempt for attempt in queued if not attempt.was_sent]
    end(never_sent, AttemptState.NOT_SENT, "The cancellation was aborted before its turn.")
    end_final(ended)
    going_on = [attempt for attempt in sent if attempt not in ended]
    end(going_on, AttemptState.FAILED, "Sent without success; not again, since it was aborted.")
    return len(queued)


def check_steering(by: Actor) -> None:
    """Raise PermissionDenied unless `by` may pause, resume and abort."""
    if not by.may("bulk_cancel_job"):
        raise PermissionDenied(
            "You have no right to steer a cancellation. Ask somebody of the group “bulk operator”."
        )
