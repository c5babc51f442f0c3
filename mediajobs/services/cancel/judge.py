"""Deciding what becomes of an attempt whose job has not ended, or could not be read."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Credential,
    Heartbeat,
)
from mediajobs.models.attempt import AWAITED_STATES
from mediajobs.services.audit import Actor, record
from mediajobs.services.engine import wake
from mediajobs.services.notices import tell_unconfirmed
from mediajobs.services.settle import end, finish

#: A request is not sent again before the job had this long, from its loss, to show its effect.
TIME_TO_TAKE_EFFECT = timedelta(seconds=10)
MOST_SENDS = 5
BEFORE_A_LOOK = (AttemptState.UNCLEAR, AttemptState.QUEUED)
SLOW_LOOK = timedelta(minutes=5)
NOT_FOUND = (404, 410)
UNKNOWN_AND_GOING_ON = "Not found for cancelling, and yet the job goes on."
CREDENTIALS_REFUSED = (401, 403)
#: An app of which nothing could be read for so long is out of reach.
OUTAGE = timedelta(minutes=1)


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
    awaited = [each for each in attempts if each.state != AttemptState.UNCONFIRMED]
    for attempt in attempts:
        if attempt.fence == fences[attempt.pk]:
            judge_one(attempt, timezone.now())
    wake_for(attempts)
    conclude(attempts, awaited)


@transaction.atomic
def judge_unread(attempts: Iterable[CancelAttempt]) -> None:
    """Give up waiting for those of these attempts whose job could not be read for too long.

    Where our credentials were refused for the job, reading it is likely to be refused for ever.
    """
    now = timezone.now()
    limit = now - timedelta(seconds=settings.CANCEL_UNCONFIRMED_SECONDS)
    keys = [attempt.pk for attempt in attempts]
    refused_too = Q(state=AttemptState.UNCLEAR, remote_status__in=CREDENTIALS_REFUSED)
    set_aside = Q(job__look_again_at__isnull=False)
    unread = Q(job__checked_at__lt=limit) | Q(job__checked_at=None, job__recorded_at__lt=limit)
    waits = Q(state=AttemptState.QUEUED, verify_at__isnull=False) & unread & set_aside
    sent = Q(state__in=AWAITED_STATES) & (refused_too | Q(sent_at__lt=limit))
    rows = CancelAttempt.objects.filter(sent | waits, pk__in=keys).order_by("pk")
    given_up = list(
        rows.select_related("batch__credential").select_for_update(of=("self",), no_key=True)
    )
    awaited = [each for each in given_up if each.state != AttemptState.UNCONFIRMED]
    for attempt in given_up:
        if attempt.state == AttemptState.UNCONFIRMED:
            look_again(attempt, now + SLOW_LOOK)
        elif attempt.state in BEFORE_A_LOOK and not is_read(attempt.batch.credential):
            continue  # it may never have arrived, or may be sent: the first look will tell
        elif attempt.state == AttemptState.QUEUED:
            words = "Not sent: an earlier request may have arrived, and the job cannot be read."
            end([attempt], AttemptState.FAILED, words)
        elif attempt.was_refused:
            words = f"Refused, and the job could not be looked at since. {attempt.detail}"
            end([attempt], AttemptState.REFUSED, words[:500])
        else:
            call_unconfirmed(attempt, now, "The job could not be looked at since it was sent.")
    conclude(given_up, awaited)


def conclude(judged: list[CancelAttempt], awaited: list[CancelAttempt]) -> None:
    """End the batches that wait for nothing more; tell of what has become unconfirmed."""
    finish({attempt.batch_id for attempt in judged})
    unconfirmed = [each for each in awaited if each.state == AttemptState.UNCONFIRMED]
    tell_unconfirmed(attempt.batch_id for attempt in unconfirmed)


def is_read(credential: Credential | None) -> bool:
    """Whether an app could be read within the last minute, this job or others."""
    since = timezone.now() - OUTAGE
    name = Heartbeat.of_remote(credential)
    return Heartbeat.objects.filter(name=name, beat_at__gte=since).exists()


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
    elif attempt.was_refused and an_earlier_one_may_take_effect(attempt, now):
        look_again(attempt, now + TIME_TO_TAKE_EFFECT)
    elif attempt.was_refused:
        is_known = attempt.remote_status not in NOT_FOUND
        why = "Refused, and the job has not ended." if is_known else UNKNOWN_AND_GOING_ON
        end([attempt], AttemptState.REFUSED, f"{why} {attempt.detail}"[:500])
    elif may_still_take_effect(attempt):
        look_again(attempt, now + TIME_TO_TAKE_EFFECT / 4)
    elif attempt.batch.state == BatchState.ABORTED:
        words = "No clear answer, and the job goes on. Not sent again: the batch was aborted."
        end([attempt], AttemptState.FAILED, words)
    elif attempt.send_count >= MOST_SENDS and not attempt.batch.is_held_by_engine:
        words = f"Sent up to {attempt.send_count} times without a clear answer; the job goes on."
        end([attempt], AttemptState.FAILED, words)
    else:
        queue_again(attempt)


def may_still_take_effect(attempt: CancelAttempt) -> bool:
    """Whether the look came before the request had its time; judging may come long after it.

    A look that another clock dates ahead came by now at the latest.
    """
    if not attempt.not_before:
        return False
    looked_at = attempt.job.checked_at
    return looked_at is None or min(looked_at, timezone.now()) < attempt.not_before


def an_earlier_one_may_take_effect(attempt: CancelAttempt, now: datetime) -> bool:
    """Whether a request before this one may still end the job: this one may be refused for that."""
    patience = timedelta(seconds=settings.CANCEL_UNCONFIRMED_SECONDS)
    return attempt.send_count > 1 and now - attempt.sent_at < patience


def wake_for(attempts: list[CancelAttempt]) -> None:
    """Have what was queued again sent at once; the sweep would take seconds to notice."""
    queued = CancelAttempt.objects.queued().filter(pk__in=[attempt.pk for attempt in attempts])
    for batch in CancelBatch.objects.filter(pk__in=queued.values("batch")):
        if batch.state == BatchState.RUNNING:
            wake(batch)


def queue_again(attempt: CancelAttempt) -> None:
    """Send once more what had no effect; the trail says that the job was looked at first."""
    job = attempt.job
    words = f"Looked at {job.checked_at:%H:%M:%S} UTC: {job.status_words}. It is sent again."
    if attempt.move(AttemptState.UNCLEAR, to=AttemptState.QUEUED, verify_at=None, detail=words):
        who = Actor.behind(attempt.batch)
        record(AuditKind.CANCEL_QUEUED_AGAIN, who, attempt=attempt, detail=words)


def judge_requested(attempt: CancelAttempt, now: datetime) -> None:
    """Go on waiting, ever more slowly, or call it unconfirmed."""
    waited = now - attempt.requested_at
    if waited < timedelta(seconds=settings.CANCEL_UNCONFIRMED_SECONDS):
        look_again(attempt, now + min(timedelta(seconds=30), max(waited / 2, timedelta(seconds=2))))
        return
    minutes = int(waited.total_seconds() // 60)
    call_unconfirmed(attempt, now, f"Accepted {minutes} minutes ago, and the job still goes on.")


def call_unconfirmed(attempt: CancelAttempt, now: datetime, words: str) -> None:
    """Let somebody look; the remote is still asked from time to time."""
    moved = attempt.move(
        AttemptState.REQUESTED,
        AttemptState.UNCLEAR,
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
