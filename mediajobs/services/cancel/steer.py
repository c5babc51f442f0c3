"""Pausing, resuming and aborting a batch that is under way."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from mediajobs.models import AttemptState, AuditKind, BatchState, CancelBatch
from mediajobs.services.audit import ENGINE, Actor, record
from mediajobs.services.engine import wake
from mediajobs.services.settle import end

SWEEP = 1000


@transaction.atomic
def pause(batch: CancelBatch, *, by: Actor) -> bool:
    """Stop sending until somebody resumes it; say whether this call did.

    Requests under way are not called back, and what was asked for is still looked at.
    """
    check_steering(by)
    reason = f"{by.name} paused it."
    facts = {"paused_at": timezone.now(), "pause_reason": reason[:300], "resumes_at": None}
    if not batch.move(BatchState.RUNNING, to=BatchState.PAUSED, **facts):
        return False
    record(AuditKind.BATCH_PAUSED, by, batch=batch, detail=reason)
    return True


@transaction.atomic
def pause_by_engine(batch: CancelBatch, *, reason: str, retry_after: float | None) -> bool:
    """Stop sending because the remote cannot be used; with `retry_after` (seconds) try again.

    Without it only a person can mend what is wrong, and resume.
    """
    now = timezone.now()
    resumes_at = now + timedelta(seconds=retry_after) if retry_after is not None else None
    facts = {"paused_at": now, "pause_reason": reason[:300], "resumes_at": resumes_at}
    if not batch.move(BatchState.RUNNING, to=BatchState.PAUSED, **facts):
        return False
    record(AuditKind.BATCH_PAUSED, ENGINE, batch=batch, detail=reason)
    return True


@transaction.atomic
def resume(batch: CancelBatch, *, by: Actor) -> bool:
    """Go on with a paused batch; say whether this call did."""
    if by is not ENGINE:
        check_steering(by)
    facts = {"paused_at": None, "pause_reason": "", "resumes_at": None}
    if not batch.move(BatchState.PAUSED, to=BatchState.RUNNING, **facts):
        return False
    record(AuditKind.BATCH_RESUMED, by, batch=batch)
    wake(batch)
    return True


@transaction.atomic
def abort(batch: CancelBatch, *, by: Actor) -> bool:
    """Send nothing more of this batch, for good; say whether this call did.

    What was asked for by then stays asked for and is still looked at.
    """
    check_steering(by)
    going_on = (BatchState.RUNNING, BatchState.PAUSED)
    facts = {"ended_at": timezone.now(), "resumes_at": None}
    if not batch.move(*going_on, to=BatchState.ABORTED, **facts):
        return False
    record(AuditKind.BATCH_ABORTED, by, batch=batch, detail=batch.outcome_words())
    sweep_aborted(batch)
    return True


def sweep_aborted(batch: CancelBatch) -> None:
    """End what is still queued of an aborted batch as not sent."""
    batch.refresh_from_db(fields=["state"])
    if batch.state != BatchState.ABORTED:
        return
    while queued := list(batch.attempts.queued().select_related("batch", "job")[:SWEEP]):
        with transaction.atomic():
            end(queued, AttemptState.NOT_SENT, "The cancellation was aborted before its turn.")


def check_steering(by: Actor) -> None:
    """Raise PermissionDenied unless `by` may pause, resume and abort."""
    if not by.may("bulk_cancel_job"):
        raise PermissionDenied(
            "You have no right to steer a cancellation. Ask somebody of the group “bulk operator”."
        )
