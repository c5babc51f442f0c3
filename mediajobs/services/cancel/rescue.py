"""Picking up what a dead worker left behind."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditKind, BatchState, CancelAttempt, CancelBatch
from mediajobs.services.audit import ENGINE, Actor, record
from mediajobs.services.cancel.judge import TIME_TO_TAKE_EFFECT
from mediajobs.services.cancel.steer import resume, sweep_aborted
from mediajobs.services.engine import wake
from mediajobs.services.settle import finish

#: A running batch that nobody wrote to for so many seconds is handed to another worker.
ABANDONED_SECONDS = 5
MOST = 1000


def rescue() -> None:
    """Free what died in sending, wake a worker for idle batches, end those that are done."""
    for attempt in CancelAttempt.objects.expired().select_related("batch")[:MOST]:
        free(attempt)
    for batch in CancelBatch.objects.due_to_resume():
        resume(batch, by=ENGINE)
    for batch in CancelBatch.objects.abandoned(seconds=ABANDONED_SECONDS):
        wake(batch)
    aborted = CancelAttempt.objects.queued().filter(batch__state=BatchState.ABORTED)
    for batch in CancelBatch.objects.filter(pk__in=aborted.values("batch")):
        sweep_aborted(batch)
    finish(CancelBatch.objects.going_on().values_list("pk", flat=True))


def pick_up() -> None:
    """Hand every running batch with work due to a worker, for one that has just started."""
    for batch in CancelBatch.objects.abandoned(seconds=0):
        wake(batch)


@transaction.atomic
def free(attempt: CancelAttempt) -> None:
    """Call an attempt unclear whose lease ran out: its request may have left or not.

    However often that happens, it counts as one send: a worker that dies uses up no job's budget.
    """
    words = "The worker died or stalled before it wrote an answer. The job is looked at first."
    facts = {
        # It may have left as late as its lease ended, just now.
        "verify_at": timezone.now() + TIME_TO_TAKE_EFFECT,
        "lease_expires_at": None,
        "send_count": Greatest(F("send_count"), 1),
        "remote_status": None,
        "detail": words,
    }
    if attempt.move(AttemptState.SENDING, to=AttemptState.UNCLEAR, **facts):
        who = Actor.behind(attempt.batch)
        record(AuditKind.CANCEL_UNANSWERED, who, attempt=attempt, outcome="unclear", detail=words)
