"""Writing notices, in the transaction of what happens: neither is there without the other."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from mediajobs.models import BatchState, CancelBatch, Happening, Notice
from mediajobs.services.engine import wake_notices
from mediajobs.services.notices.targets import targets_of
from mediajobs.services.notices.words import frozen

#: While the remote fails, a batch pauses and tries again every minute: one notice will do.
QUIET = timedelta(hours=1)
BY_ITSELF = "It is tried again by itself at"


def tell(batch: CancelBatch, happening: Happening, *, at: datetime, detail: str = "") -> None:
    """Write a notice to each who is to be told, and have them sent once this is committed.

    A happening that was told to somebody is not told to them again.
    """
    targets = list(targets_of(batch))
    if not targets:
        return
    words = frozen(batch, happening, at, detail)
    notices = [
        Notice(
            batch=batch,
            happening=happening,
            happened_at=at,
            kind=each.kind,
            target=each.target,
            shown=each.shown,
            **words,
        )
        for each in targets
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    wake_notices()


def tell_paused(batch: CancelBatch) -> None:
    """Tell of a pause; of one that ends by itself only when no such one was told of lately."""
    lately = batch.notices.filter(
        happening=Happening.PAUSED, happened_at__gt=batch.paused_at - QUIET
    )
    if batch.resumes_at and lately.filter(facts__detail__icontains=BY_ITSELF).exists():
        return
    plan = (
        f"{BY_ITSELF} {batch.resumes_at:%H:%M:%S} UTC."
        if batch.resumes_at
        else "Nothing more is sent until somebody resumes it."
    )
    tell(batch, Happening.PAUSED, at=batch.paused_at, detail=f"{batch.pause_reason} {plan}")


def tell_unconfirmed(batch_ids: Iterable[int]) -> None:
    """Tell once of each batch that something stays unconfirmed; the end of a batch tells it too."""
    untold = CancelBatch.objects.exclude(state=BatchState.FINISHED).exclude(
        notices__happening=Happening.UNCONFIRMED
    )
    for batch in untold.filter(pk__in=set(batch_ids)):
        detail = "The media API has not said in time what became of them: somebody should look."
        tell(batch, Happening.UNCONFIRMED, at=timezone.now(), detail=detail)
