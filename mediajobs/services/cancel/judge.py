"""Deciding what becomes of an attempt whose job was just read and has not ended."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mediajobs.models import AttemptState, AuditKind, BatchState, CancelAttempt
from mediajobs.services.audit import Actor, record
from mediajobs.services.settle import end, finish

#: A lost request is not sent again before the job had this long to show its effect.
TIME_TO_TAKE_EFFECT = timedelta(seconds=10)
MOST_SENDS = 5
SLOW_LOOK = timedelta(minutes=5)


@transaction.atomic
def judge(looked_at: Iterable[CancelAttempt]) -> None:
    """Judge the awaited ones of these attempts by their jobs as stored a moment ago.

    `looked_at` are the attempts as they stood before the look: it says nothing of one that
    was claimed anew meanwhile.
    """
    fences = {attempt.pk: attempt.fence for attempt in looked_at}
    rows = CancelAttempt.objects.awaited().filter(pk__in=fences).order_by("pk")
    attempts = list(
        rows.select_related("job", "batch").select_for_update(of=("self",), no_key=True)
    )
    for attempt in attempts:
        if attempt.fence == fences[attempt.pk]:
            judge_one(attempt, timezone.now())
    finish({attempt.batch_id for attempt in attempts})


def judge_one(attempt: CancelAttempt, now: datetime) -> None:
    match attempt.state:
        case AttemptState.UNCLEAR:
            judge_unclear(attempt, now)
        case AttemptState.REQUESTED:
            judge_requested(attempt, now)
        case AttemptState.UNCONFIRMED:
            look_again(attempt, now + SLOW_LOOK)


def judge_unclear(attempt: CancelAttempt, now: datetime) -> None:
    """End it, wait for the request to take effect, or queue it again."""
    if attempt.job is None:
        end([attempt], AttemptState.FAILED, "The job was deleted from the panel meanwhile.")
    elif attempt.job.missing_at:
        end([attempt], AttemptState.NOT_FOUND, "The media API knows no such job.")
    elif attempt.was_refused:
        end([attempt], AttemptState.REFUSED, f"Refused, and the job goes on. {attempt.detail}")
    elif now - attempt.sent_at < TIME_TO_TAKE_EFFECT:
        look_again(attempt, now + TIME_TO_TAKE_EFFECT / 4)
    elif attempt.batch.state == BatchState.ABORTED:
        words = "No clear answer, and the job goes on. Not sent again: the batch was aborted."
        end([attempt], AttemptState.FAILED, words)
    elif attempt.send_count >= MOST_SENDS:
        words = f"Sent {attempt.send_count} times without a clear answer; the job goes on."
        end([attempt], AttemptState.FAILED, words)
    else:
        attempt.move(AttemptState.UNCLEAR, to=AttemptState.QUEUED, verify_at=None)


def judge_requested(attempt: CancelAttempt, now: datetime) -> None:
    """Go on waiting, ever more slowly, or call it unconfirmed."""
    waited = now - attempt.requested_at
    if waited < timedelta(seconds=settings.CANCEL_UNCONFIRMED_SECONDS):
        look_again(attempt, now + min(timedelta(seconds=30), max(waited / 2, timedelta(seconds=2))))
        return
    minutes = int(waited.total_seconds() // 60)
    words = f"Accepted {minutes} minutes ago, and the job still goes on."
    moved = attempt.move(
        AttemptState.REQUESTED,
        to=AttemptState.UNCONFIRMED,
        verify_at=now + SLOW_LOOK,
        detail=words,
    )
    if moved:
        who = Actor.behind(attempt.batch)
        record(AuditKind.CANCEL_UNCONFIRMED, who, attempt=attempt, detail=words)


def look_again(attempt: CancelAttempt, at: datetime) -> None:
    """Set the next look; a job that the remote no longer knows is not looked at for ever."""
    gone = attempt.state == AttemptState.UNCONFIRMED and (
        attempt.job is None or attempt.job.missing_at is not None
    )
    CancelAttempt.objects.filter(pk=attempt.pk).update(verify_at=None if gone else at)
