"""Cancelling one job while somebody waits for the answer; needs no worker."""

from mediajobs.models import CancelAttempt, Job
from mediajobs.services import sync
from mediajobs.services.audit import Actor
from mediajobs.services.cancel.judge import judge
from mediajobs.services.cancel.release import release
from mediajobs.services.cancel.run import run
from mediajobs.services.engine import wake

SECONDS = 10.0


def cancel_now(
    job: Job, *, by: Actor, category: str, reason: str, mails_requester: bool = False
) -> CancelAttempt:
    """Request cancellation of one job and look at the job once; return the attempt.

    A batch of one on the path of all batches. What is still open afterwards (the remote
    was down, or wants more time) is carried on by the workers. Raises ValidationError and
    PermissionDenied as `draft` and `confirm` do; then nothing was sent.
    """
    jobs, selection = Job.objects.filter(pk=job.pk), f"One job: {job.remote_id}"
    told = {"category": category, "reason": reason, "mails_requester": mails_requester}
    batch = release(jobs, by=by, selection=selection, **told, inline=True)
    if run(batch, seconds=SECONDS, worker=f"request {by.request_id}"[:100]):
        wake(batch)
    attempt = batch.attempts.get()
    is_awaited = CancelAttempt.objects.awaited().filter(pk=attempt.pk).exists()
    if is_awaited and not sync.refresh(job):
        judge([attempt])
    attempt.refresh_from_db()
    return attempt
