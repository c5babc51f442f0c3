"""Taking a slice of a batch for sending: the intent is on record before the wire."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Job,
)
from mediajobs.services.audit import Actor, event
from mediajobs.services.cancel.rights import pause_without_right
from mediajobs.services.settle import end, end_final

SLICE = 64
#: What waits for a look, or for what another cancellation has asked for, is seen to again after
#: so long, and so much longer for each job of the batch that all of a large one are not due again
#: before the last was seen to.
LEAST_WAIT = timedelta(seconds=5)
WAIT_PER_JOB = timedelta(milliseconds=2)


@transaction.atomic(durable=True)
def claim(batch: CancelBatch, *, worker: str, limit: int = SLICE) -> list[CancelAttempt]:
    """Claim of the next `limit` due attempts those to send: leased, fence up, each with its event.

    One short durable transaction; if it cannot be committed, nothing may be sent. Attempts
    that need no request end here, or are put off: where it returns [], more may be due, unless
    the batch does not run, or its person has lost the right to it.
    """
    running = CancelBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING)
    if not running.update(worked_at=timezone.now()) or pause_without_right(batch):
        return []
    rows = batch.attempts.due().order_by("pk")
    due = list(rows.select_for_update(no_key=True, skip_locked=True)[:limit])
    lock_jobs(due)
    to_send = without_needless(batch, due)
    mine = CancelAttempt.objects.filter(pk__in=[attempt.pk for attempt in to_send])
    lease_expires_at = timezone.now() + timedelta(seconds=settings.CANCEL_LEASE_SECONDS)
    mine.claim(lease_expires_at=lease_expires_at, worker=worker)
    for attempt in to_send:
        attempt.batch, attempt.state, attempt.worker = batch, AttemptState.SENDING, worker
        attempt.fence += 1
        attempt.lease_expires_at = lease_expires_at
    who = Actor.behind(batch)
    AuditEvent.objects.append(
        [event(AuditKind.CANCEL_SENT, who, attempt=attempt) for attempt in to_send]
    )
    return to_send


def lock_jobs(attempts: list[CancelAttempt]) -> None:
    """Read the attempts' jobs and hold them: claims of one job by two batches take turns."""
    keys = [attempt.job_id for attempt in attempts if attempt.job_id]
    rows = Job.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    jobs = {job.pk: job for job in rows}
    for attempt in attempts:
        attempt.job = jobs.get(attempt.job_id)


def without_needless(batch: CancelBatch, attempts: list[CancelAttempt]) -> list[CancelAttempt]:
    """End the attempts that need no request; return the others."""
    jobs = [attempt.job_id for attempt in attempts if attempt.job_id]
    live = CancelAttempt.objects.live().filter(job__in=jobs)
    live_by_job = dict(live.values_list("job_id", "pk"))
    deleted = [attempt for attempt in attempts if attempt.job is None]
    final = [attempt for attempt in attempts if attempt.job and attempt.job.is_final]
    asked_for = [
        attempt
        for attempt in attempts
        if attempt.job_id in live_by_job and not attempt.job.is_final
    ]
    end(deleted, AttemptState.NOT_SENT, "The job was deleted from the panel.")
    end_final(final)
    follow(batch, asked_for, live_by_job)
    needless = {attempt.pk for attempt in (*deleted, *final, *asked_for)}
    return look_first(batch, [attempt for attempt in attempts if attempt.pk not in needless])


def look_first(batch: CancelBatch, attempts: list[CancelAttempt]) -> list[CancelAttempt]:
    """Put off those whose job another cancellation asked for and that was not looked at since;
    return the others.

    Where the one request that may have been carried out was refused, there is nothing to see.
    """
    mine = [attempt.pk for attempt in attempts]
    asked = CancelAttempt.objects.filter(job__in=[attempt.job_id for attempt in attempts])
    unseen = Q(job__checked_at=None) | Q(job__checked_at__lt=F("sent_at"))
    asked = asked.filter(unseen, send_count__gt=0).exclude(pk__in=mine)
    asked = asked.exclude(state=AttemptState.REFUSED, send_count=1)
    keys = set(asked.values_list("job", flat=True))
    later = {attempt.pk for attempt in attempts if attempt.job_id in keys}
    CancelAttempt.objects.filter(pk__in=later).update(
        not_before=seen_to_again_at(batch),
        verify_at=timezone.now(),
        detail="An earlier request may have reached the media API: the job is looked at first.",
    )
    return [attempt for attempt in attempts if attempt.pk not in later]


def follow(batch: CancelBatch, attempts: list[CancelAttempt], live_by_job: dict[int, int]) -> None:
    """Put off attempts whose job another cancellation has asked for; each points at that request.

    If it comes to nothing, they are sent themselves.
    """
    facts = {
        "not_before": seen_to_again_at(batch),
        "detail": "Another cancellation has asked for this job: its request is waited for.",
    }
    moves = [(each, {**facts, "joined_to_id": live_by_job[each.job_id]}) for each in attempts]
    CancelAttempt.objects.move_each(AttemptState.QUEUED, moves)


def seen_to_again_at(batch: CancelBatch) -> datetime:
    return timezone.now() + LEAST_WAIT + batch.frozen_count * WAIT_PER_JOB
