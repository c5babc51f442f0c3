"""Ending attempts when the remote has said how their job ended, and ending their batches."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Happening,
    Job,
    JobStatus,
)
from mediajobs.services.audit import Actor, event, outcome_digest, record
from mediajobs.services.engine import wake_checkpoint
from mediajobs.services.notices import tell

OUTCOMES_AT_ONCE = 2000


def settle(jobs: Iterable[Job]) -> None:
    """End every awaited attempt for these ended jobs, each with its event; end their batches.

    Call it in the transaction that stores the jobs' statuses.
    """
    ended = {job.pk: job for job in jobs if job.is_final}
    if not ended:
        return
    attempts = CancelAttempt.objects.awaited().filter(job__in=ended).order_by("pk")
    rows = list(attempts.select_for_update(no_key=True))
    batches = CancelBatch.objects.in_bulk({attempt.batch_id for attempt in rows})
    for attempt in rows:
        attempt.job, attempt.batch = ended[attempt.job_id], batches[attempt.batch_id]
    end_final(rows)
    finish({attempt.batch_id for attempt in rows})


def end_state(attempt: CancelAttempt) -> AttemptState:
    """Say how an attempt ends whose job has ended.

    A refusal means that the job had ended before we asked, unless an earlier request of
    ours may have reached the remote and the job is cancelled. What was not sent because
    another cancellation had asked joined that one.
    """
    cancelled = attempt.job.status == JobStatus.CANCELLED
    if not attempt.send_count:
        joined = cancelled and attempt.joined_to_id
        return AttemptState.JOINED if joined else AttemptState.ALREADY_FINAL
    if attempt.was_refused and not (cancelled and attempt.send_count > 1):
        return AttemptState.ALREADY_FINAL
    return AttemptState.CANCELLED if cancelled else AttemptState.FINISHED_FIRST


def end_final(attempts: list[CancelAttempt]) -> None:
    """End attempts whose job has ended: some of them may have brought that about."""
    by_state = defaultdict(list)
    for attempt in attempts:
        by_state[end_state(attempt)].append(attempt)
    for state, members in by_state.items():
        end(members, state)


def end(attempts: list[CancelAttempt], state: AttemptState, detail: str = "") -> None:
    """Move attempts, whose rows the caller has locked, to a final state, each with its event."""
    now = timezone.now()
    details = {attempt.pk: detail or end_words(attempt, state) for attempt in attempts}
    for words in set(details.values()):
        ids = [pk for pk, its_words in details.items() if its_words == words]
        CancelAttempt.objects.filter(pk__in=ids).update(
            state=state, ended_at=now, verify_at=None, detail=words
        )
    AuditEvent.objects.append(
        [
            event(
                AuditKind.CANCEL_ENDED,
                Actor.behind(attempt.batch),
                attempt=attempt,
                outcome=state,
                detail=details[attempt.pk],
            )
            for attempt in attempts
        ]
    )


def end_words(attempt: CancelAttempt, state: AttemptState) -> str:
    """Say in a sentence how it ended, with the remote's word for the job."""
    word = attempt.job.reported_status if attempt.job else ""
    match state:
        case AttemptState.CANCELLED:
            return "The remote says: Cancelled."
        case AttemptState.FINISHED_FIRST:
            return f"The job finished before the request took effect: {word}."
        case AttemptState.JOINED:
            return "Another cancellation had asked for this job. The remote says: Cancelled."
        case AttemptState.ALREADY_FINAL:
            return f"The job had already ended: {word}."
    return ""


def finish(batch_ids: Iterable[int]) -> None:
    """End those of the batches that wait for nothing any more, with their counts on record."""
    open_attempts = CancelAttempt.objects.open().filter(batch=OuterRef("pk"))
    done = CancelBatch.objects.going_on().filter(~Exists(open_attempts), pk__in=list(batch_ids))
    for batch in done:
        with transaction.atomic():
            finish_one(batch)


def finish_one(batch: CancelBatch) -> None:
    going_on = (BatchState.RUNNING, BatchState.PAUSED)
    if batch.move(*going_on, to=BatchState.FINISHED, ended_at=timezone.now(), resumes_at=None):
        has_problems = batch.attempts.with_problems().exists()
        bad = "_with_problems" if has_problems else ""
        record(
            AuditKind.BATCH_FINISHED,
            Actor.behind(batch),
            batch=batch,
            outcome=f"{batch.state}{bad}",
            detail=f"{batch.outcome_words()}. All outcomes, SHA-256: {digest_of(batch)}",
        )
        tell(batch, Happening.PROBLEMS if has_problems else Happening.FINISHED, at=batch.ended_at)
        wake_checkpoint(batch)


def digest_of(batch: CancelBatch) -> str:
    outcomes = batch.attempts.order_by("pk").values_list("remote_id", "state")
    return outcome_digest(outcomes.iterator(chunk_size=OUTCOMES_AT_ONCE))
