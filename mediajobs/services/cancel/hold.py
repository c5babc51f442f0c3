"""What holds a batch back while it runs: our own pace, the remote's wishes, too many bad ends."""

from collections.abc import Iterable
from math import ceil

from mediajobs.models import AttemptState, CancelAttempt, CancelBatch
from mediajobs.remote import MediaClient
from mediajobs.services.cancel.steer import pause_by_engine

BAD_ENDS = (AttemptState.REFUSED, AttemptState.NOT_FOUND, AttemptState.FAILED)
IN_A_ROW = 10
WATCHED = 100
MOST_OF_WATCHED = 20


def words(client: MediaClient) -> str:
    """Say in a sentence what limits the calls of this process just now, or "" for nothing."""
    pace = client.pacing.snapshot()
    if pace.backing_off_for > 0:
        seconds = ceil(pace.backing_off_for)
        return f"The media API turns calls away; the next may go out in {seconds} s."
    if pace.per_second < pace.most_per_second:
        return (
            f"Fewer calls: {pace.per_second:.0f} a second now, up to {pace.most_per_second:.0f} "
            "again as long as the media API takes them and other workers leave room."
        )
    if pace.is_slow:
        return "The media API answers slowly: all calls that may be under way await its answer."
    if pace.is_crowded:
        return "All calls of the panel together are at their rate; these wait for their part."
    if pace.queued_for > 0:
        return f"It goes as fast as MEDIA_API_MAX_PER_SECOND ({pace.most_per_second:.0f}) allows."
    return ""


def stop_on_errors(attempts: Iterable[CancelAttempt]) -> None:
    """Pause the batches of these attempts that end badly too often, until somebody has looked.

    Ten ends of one bad kind in a row, or twenty bad ones among the last hundred; what was
    sent before somebody resumed does not count.
    """
    keys = [attempt.pk for attempt in attempts]
    ended_badly = CancelAttempt.objects.filter(pk__in=keys, state__in=BAD_ENDS)
    for batch in CancelBatch.objects.going_on().filter(pk__in=ended_badly.values("batch")):
        reason = why_to_stop(batch)
        if reason and batch.attempts.queued().exists():
            pause_by_engine(batch, reason=reason, retry_after=None)


def why_to_stop(batch: CancelBatch) -> str:
    """Say which of the two limits the newest ends of a batch reach, or ""."""
    told = CancelAttempt.objects.told().filter(batch=batch)
    if batch.resumed_at:
        told = told.filter(sent_at__gte=batch.resumed_at)
    states = list(told.order_by("-sent_at", "-pk").values_list("state", flat=True)[:WATCHED])
    newest = states[:IN_A_ROW]
    if len(newest) == IN_A_ROW and len(set(newest)) == 1 and newest[0] in BAD_ENDS:
        label = AttemptState(newest[0]).label.lower()
        return f"{IN_A_ROW} requests in a row ended as {label}. Look at these items, then resume."
    bad_count = sum(state in BAD_ENDS for state in states)
    if bad_count >= MOST_OF_WATCHED:
        return f"{bad_count} of the last {len(states)} requests ended badly. Look, then resume."
    return ""
