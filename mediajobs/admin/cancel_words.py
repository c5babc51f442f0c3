"""What a person is told after a deed on a cancellation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mediajobs import health
from mediajobs.models import AttemptState, AuditKind, BatchState, CancelAttempt, CancelBatch

DEEDS = {
    AuditKind.BATCH_DRAFTED: "Drafted",
    AuditKind.BATCH_CONFIRMED: "Released",
    AuditKind.BATCH_PAUSED: "Paused",
    AuditKind.BATCH_RESUMED: "Resumed",
    AuditKind.BATCH_ABORTED: "Aborted",
    AuditKind.BATCH_FINISHED: "Finished",
    AuditKind.NOTICE_SENT: "Sent a notice",
    AuditKind.NOTICE_GIVEN_UP: "Gave a notice up",
    AuditKind.NOTICE_QUEUED_AGAIN: "Had a notice sent again",
}

WORDS = {
    AttemptState.CANCELLED: "Cancelled: the media API took the request and calls the job {status}.",
    AttemptState.REQUESTED: "Cancellation requested: the media API took the request. The job is "
    "still {status}; the panel looks again until it has ended.",
    AttemptState.FINISHED_FIRST: "Not cancelled: the media API took the request, but the job "
    "finished first. It is {status}.",
    AttemptState.ALREADY_FINAL: "Nothing to cancel: the job had already ended. It is {status}.",
    AttemptState.REFUSED: "The media API refused, and the job is still {status}. {detail}",
    AttemptState.NOT_FOUND: "The media API knows no such job: it forgets jobs after 31 days, and "
    "knows those of its own app only. Last known here: {status}.",
    AttemptState.UNCLEAR: "No clear answer came: {detail} The panel looks at the job before it "
    "sends the request again. The job was {status} when it was last read.",
    AttemptState.UNCONFIRMED: "The media API took the request, but the job is still {status}. "
    "{detail}",
    AttemptState.SENDING: "The request is on its way; no answer has come yet. The job is {status}.",
    AttemptState.JOINED: "Another cancellation had asked for this job, and nothing was sent a "
    "second time. The job is {status}.",
    AttemptState.FAILED: "The request failed. {detail}",
    AttemptState.NOT_SENT: "Nothing was sent. {detail}",
}
ASKED_FOR = (
    "Already requested: another cancellation has asked for this job. Nothing was sent a second "
    "time; if that request comes to nothing, this one is sent. The job is {status}."
)
LEVELS = {
    AttemptState.CANCELLED: messages.SUCCESS,
    AttemptState.REQUESTED: messages.INFO,
    AttemptState.ALREADY_FINAL: messages.INFO,
    AttemptState.JOINED: messages.INFO,
    AttemptState.REFUSED: messages.ERROR,
    AttemptState.NOT_FOUND: messages.ERROR,
    AttemptState.FAILED: messages.ERROR,
    AttemptState.NOT_SENT: messages.ERROR,
}


def tell_outcome(request: HttpRequest, attempt: CancelAttempt) -> None:
    """Say what the remote answered to the request for one job, and what the job is now."""
    status = attempt.job.status_words if attempt.job else "deleted from the panel"
    if attempt.state == AttemptState.QUEUED and attempt.joined_to_id:
        messages.info(request, ASKED_FOR.format(status=status))
        return
    if attempt.state == AttemptState.QUEUED:
        messages.warning(request, f"The request could not be sent yet. {waiting(attempt)}")
        return
    words = WORDS[attempt.state].format(status=status, detail=attempt.detail)
    messages.add_message(request, LEVELS.get(attempt.state, messages.WARNING), words)


def waiting(attempt: CancelAttempt) -> str:
    """Say why an attempt is still queued and what happens next."""
    batch = attempt.batch
    if batch.state != BatchState.PAUSED:
        worker = health.worker()
        plan = "A worker sends it as soon as it can." if worker.is_well else worker.words
        return f"{attempt.detail} {plan}"
    return f"{batch.pause_reason} {pause_plan(batch)}"


def pause_plan(batch: CancelBatch) -> str:
    """Say what happens next to a paused batch."""
    if batch.resumes_at:
        return f"It is tried again by itself at {batch.resumes_at:%H:%M:%S} UTC."
    return f"Nothing is sent until somebody resumes cancellation {batch.pk}."


def tell_gone(request: HttpRequest) -> HttpResponse:
    """Say on the list that a cancellation is not there, which is how discarded drafts end."""
    words = "That cancellation is not there. Drafts go when they are discarded, or after a day."
    messages.warning(request, words)
    return redirect("admin:mediajobs_cancelbatch_changelist")


def tell_late(request: HttpRequest, batch: CancelBatch) -> HttpResponse:
    """Say on the page of a batch that nothing was changed, and where the batch stands."""
    batch = CancelBatch.objects.filter(pk=batch.pk).first()
    if batch is None:
        return tell_gone(request)
    messages.info(request, f"Nothing was changed. {standing(batch)}")
    return redirect("admin:mediajobs_cancelbatch_change", batch.pk)


def standing(batch: CancelBatch) -> str:
    """Say who released a batch and when, and what it is now."""
    state = batch.get_state_display().lower()
    if batch.confirmed_at is None:
        return f"This cancellation is a {state}."
    return (
        f"This cancellation was already released by {batch.requested_by_name} "
        f"at {batch.confirmed_at:%Y-%m-%d %H:%M:%S} UTC and is {state} now."
    )
