"""Looking whether what was asked for has happened."""

from collections.abc import Iterable
from datetime import timedelta
from threading import Event

from django.db import transaction
from django.utils import timezone

from mediajobs.models import AttemptState, BatchState, CancelAttempt, Job
from mediajobs.services import sync
from mediajobs.services.cancel.hold import stop_on_errors
from mediajobs.services.cancel.judge import judge, judge_unread

MOST = 500
#: Of these so many whose look has to come before they are sent.
MOST_FIRST = 100
#: While one worker looks, others leave the same jobs alone for so long.
LOOKING = timedelta(seconds=30)


def verify(*, most: int = MOST, stop: Event = sync.NEVER) -> int:
    """Read the jobs of attempts whose look is due and act on it; return how many by `stop`.

    A job that has ended settles its attempts as it is stored; the others are judged here.
    Those that could not be read are looked at again in half a minute, until it is too long.
    """
    attempts = take(most)
    jobs = Job.objects.filter(pk__in={attempt.job_id for attempt in attempts if attempt.job_id})
    time_is_over = sync.TimeIsOver(stop, LOOKING.total_seconds())
    read = sync.refresh_many(list(jobs), stop=time_is_over)
    is_read = {attempt.pk: attempt.job_id in read or not attempt.job_id for attempt in attempts}
    judge(attempt for attempt in attempts if is_read[attempt.pk])
    if not time_is_over.is_set():  # else nobody may have asked
        judge_unread(attempt for attempt in attempts if not is_read[attempt.pk])
    let_go(attempt for attempt in attempts if is_read[attempt.pk])
    stop_on_errors(attempts)
    return len(read)


@transaction.atomic
def take(most: int) -> list[CancelAttempt]:
    """Take attempts whose look is due from the hands of other workers for a while."""
    due: list[CancelAttempt] = []
    first = CancelAttempt.objects.to_look_at_first().filter(batch__state=BatchState.RUNNING)
    for kind, most_of_it in ((first, MOST_FIRST), (CancelAttempt.objects.to_verify(), most)):
        rows = kind.order_by("verify_at")
        rows = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
        due += rows[: min(most_of_it, most - len(due))]
    mine = CancelAttempt.objects.filter(pk__in=[attempt.pk for attempt in due])
    mine.update(verify_at=timezone.now() + LOOKING)
    return due


def let_go(looked_at: Iterable[CancelAttempt]) -> None:
    """Have those sent that waited for this look, and not looked at again for it."""
    waited = [attempt.pk for attempt in looked_at if attempt.state == AttemptState.QUEUED]
    # What was claimed meanwhile waits for no look any more, and perhaps for something else.
    waiting = CancelAttempt.objects.queued().filter(pk__in=waited, verify_at__isnull=False)
    waiting.update(not_before=None, verify_at=None)
