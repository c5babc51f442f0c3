"""Writing down what the remote answered: state and event together, fence in every write."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    CancelAttempt,
    CancelBatch,
    Heartbeat,
)
from mediajobs.remote import (
    JobNotFound,
    JobReport,
    MediaError,
    NotSent,
    Rejected,
    RemoteFailing,
    RemotePausing,
    Throttled,
)
from mediajobs.services import apps, pulse, sync
from mediajobs.services.audit import Actor, event
from mediajobs.services.cancel import hold
from mediajobs.services.cancel.judge import TIME_TO_TAKE_EFFECT, judge
from mediajobs.services.cancel.refusals import REFUSALS
from mediajobs.services.cancel.send import Outcome
from mediajobs.services.cancel.steer import pause_by_engine

logger = logging.getLogger(__name__)

FIRST_LOOK = timedelta(seconds=2)
SHORT_WAIT = 2.0
LATELY = timedelta(seconds=10)


@transaction.atomic
def write(outcomes: list[Outcome]) -> None:
    """Record a group of outcomes in one transaction.

    An outcome whose attempt was claimed anew in the meantime changes nothing: it is kept
    in the trail as a late answer; so would be one that is written twice.
    """
    AuditEvent.objects.append(write_all(outcomes))
    write_looks([outcome for outcome in outcomes if outcome.looked])


def heed(batch: CancelBatch, outcomes: list[Outcome], *, refusal: MediaError | None = None) -> bool:
    """Act on outcomes that are written: pause the batch when the remote fails; else say whether it
    fails for this worker alone, which had better leave the batch to the others.

    `refusal`: what says that the remote takes no request of ours, which pauses the batch too.
    The batch's own row is written apart, so that workers never wait for it while they hold jobs.
    """
    facts = {"worked_at": timezone.now(), "held_by": hold.words(apps.client_of(batch.credential))}
    CancelBatch.objects.filter(pk=batch.pk).update(**facts)
    reasons = (RemoteFailing, RemotePausing)
    stop = next((each.error for each in outcomes if isinstance(each.error, reasons)), refusal)
    is_cut_off = isinstance(stop, RemoteFailing) and do_others_get_through(batch, outcomes)
    if is_cut_off:
        logger.warning("this worker leaves cancellation %s to others: %s", batch.pk, stop)
        leave_to_others(batch, outcomes)
    elif stop:
        if not isinstance(stop, RemoteFailing):  # that is of cancels: it may be read all the same
            pulse.fail(Heartbeat.of_remote(batch.credential), str(stop))
        # Refused credentials are mended by somebody, whenever the remote would be asked again.
        retry_after = None if stop is refusal else stop.retry_after
        pause_by_engine(batch, reason=str(stop), retry_after=retry_after)
    hold.stop_on_errors(outcome.attempt for outcome in outcomes if outcome.looked)
    return is_cut_off


def do_others_get_through(batch: CancelBatch, outcomes: list[Outcome]) -> bool:
    """Whether the remote took requests of other workers a moment ago."""
    me = {outcome.attempt.worker for outcome in outcomes}
    lately = batch.attempts.filter(requested_at__gt=timezone.now() - LATELY)
    return lately.exclude(worker__in=me).exists()


def leave_to_others(batch: CancelBatch, outcomes: list[Outcome]) -> None:
    """Let them send at once what this worker could not."""
    failing = [each.attempt.pk for each in outcomes if isinstance(each.error, RemoteFailing)]
    batch.attempts.queued().filter(pk__in=failing).update(not_before=None)


def write_all(outcomes: list[Outcome]) -> list[AuditEvent]:
    """Move each attempt as its answer asks; return the events that say so.

    An acceptance that comes after the lease has run out still tells what became of the request.
    """
    told = [(outcome, *meaning(outcome)) for outcome in outcomes]
    moves = [
        (outcome.attempt, fields | facts(outcome, state)) for outcome, _, state, fields in told
    ]
    moved = CancelAttempt.objects.move_each(AttemptState.SENDING, moves)
    late = [(attempt, fields) for attempt, fields in moves if attempt.pk not in moved]
    accepted = [move for move in late if move[1]["state"] == AttemptState.REQUESTED]
    CancelAttempt.objects.move_each(AttemptState.UNCLEAR, accepted)
    return [
        event(
            kind if outcome.attempt.pk in moved else AuditKind.CANCEL_ANSWERED_LATE,
            Actor.behind(outcome.attempt.batch),
            attempt=outcome.attempt,
            outcome=told_outcome(outcome, state),
            detail=str(outcome.error or ""),
            remote_status=outcome.evidence.http_status if outcome.evidence else None,
            answer=outcome.evidence.text if outcome.evidence else "",
        )
        for outcome, kind, state, _ in told
    ]


def told_outcome(outcome: Outcome, state: AttemptState) -> AttemptState:
    """Say in the trail what was answered: a clear no is no unclear answer."""
    if isinstance(outcome.error, JobNotFound):
        return AttemptState.NOT_FOUND
    return AttemptState.REFUSED if isinstance(outcome.error, Rejected) else state


def facts(outcome: Outcome, state: AttemptState) -> dict[str, Any]:
    """Name what is written of every outcome; what is queued again was not carried out."""
    send_count = outcome.attempt.send_count + (state != AttemptState.QUEUED)
    said = {} if outcome.error and not outcome.error.is_sent else what_was_said(outcome)
    left = {"sent_at": outcome.sent_at} if outcome.sent_at else {}
    return said | left | {"state": state, "lease_expires_at": None, "send_count": send_count}


def what_was_said(outcome: Outcome) -> dict[str, Any]:
    """Name what is known of the answer to a request that left; else the last one's stays."""
    answer = outcome.evidence
    return {
        "answered_at": outcome.answered_at if answer else None,
        "remote_status": answer.http_status if answer else None,
        "answer": answer.text if answer else "",
    }


def meaning(outcome: Outcome) -> tuple[AuditKind, AttemptState, dict[str, Any]]:
    """Say what an outcome is called in the trail and where it leads the attempt."""
    error, now = outcome.error, outcome.answered_at
    if error is None:
        return (
            AuditKind.CANCEL_ANSWERED,
            AttemptState.REQUESTED,
            {"requested_at": now, "verify_at": now + FIRST_LOOK, "detail": ""},
        )
    if not error.is_sent:
        return AuditKind.CANCEL_WITHHELD, AttemptState.QUEUED, later(error, now)
    if isinstance(error, (Throttled, NotSent, *REFUSALS)):
        return AuditKind.CANCEL_ANSWERED, AttemptState.QUEUED, later(error, now)
    kind = AuditKind.CANCEL_ANSWERED if error.answer else AuditKind.CANCEL_UNANSWERED
    wait = timedelta(0) if isinstance(error, Rejected) else FIRST_LOOK
    moments = {"verify_at": now + wait, "not_before": now + TIME_TO_TAKE_EFFECT}
    return kind, AttemptState.UNCLEAR, moments | {"detail": str(error)[:500]}


def later(error: MediaError, now: datetime) -> dict[str, Any]:
    wait = error.retry_after if error.retry_after is not None else SHORT_WAIT
    return {"not_before": now + timedelta(seconds=wait), "detail": str(error)[:500]}


def write_looks(outcomes: list[Outcome]) -> None:
    """Store what the looks at refused jobs said and judge their attempts by it."""
    if not outcomes:
        return
    read_at = min(outcome.looked_at for outcome in outcomes)
    reports = [outcome.looked for outcome in outcomes if isinstance(outcome.looked, JobReport)]
    missing = [outcome for outcome in outcomes if is_missing(outcome)]
    sync.store(reports, read_at=read_at)
    sync.mark_missing([outcome.attempt.job_id for outcome in missing], read_at)
    judge(
        outcome.attempt
        for outcome in outcomes
        if isinstance(outcome.looked, JobReport) or outcome in missing
    )


def is_missing(outcome: Outcome) -> bool:
    """Whether the remote said that it knows no such job, to the cancel or to the look.

    The look alone may be lost on a path that the remote does not have.
    """
    if isinstance(outcome.looked, JobNotFound):
        return True
    return isinstance(outcome.error, JobNotFound) and isinstance(outcome.looked, Rejected)
