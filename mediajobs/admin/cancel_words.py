"""What a person is told after a deed on a cancellation."""

from django.contrib import messages
from django.http import HttpRequest

from mediajobs import health
from mediajobs.models import AttemptState, BatchState, CancelAttempt, CancelBatch

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
    "sends the request again. The job is {status}.",
    AttemptState.UNCONFIRMED: "The media API took the request, but the job is still {status}. "
    "{detail}",
    AttemptState.SENDING: "The request is on its way; no answer has come yet. The job is {status}.",
    AttemptState.JOINED: "Already requested: another cancellation has asked for this job. Nothing "
    "was sent a second time. The job is {status}.",
    AttemptState.FAILED: "The request failed. {detail}",
    AttemptState.NOT_SENT: "Nothing was sent. {detail}",
}
LEVELS = {
    AttemptState.CANCELLED: messages.SUCCESS,
    AttemptState.REQUESTED: messages.SUCCESS,
    AttemptState.ALREADY_FINAL: messages.INFO,
    AttemptState.JOINED: messages.INFO,
    AttemptState.REFUSED: messages.ERROR,
    AttemptState.NOT_FOUND: messages.ERROR,
    AttemptState.FAILED: messages.ERROR,
    AttemptState.NOT_SENT: messages.ERROR,
}


def tell_outcome(request: HttpRequest, attempt: CancelAttempt) -> None:
    """Say what the remote answered to the request for one job, and what the job is now."""
    if attempt.state == AttemptState.QUEUED:
        messages.warning(request, f"The request could not be sent yet. {waiting(attempt)}")
        return
    status = attempt.job.status_words if attempt.job else "deleted from the panel"
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


def standing(batch: CancelBatch) -> str:
    """Say in a sentence where a batch stands, for whoever came too late to change it."""
    match batch.state:
        case BatchState.DRAFT:
            return "It has not been released yet."
        case BatchState.ABORTED:
            return f"It was aborted at {batch.ended_at:%Y-%m-%d %H:%M:%S} UTC."
        case BatchState.FINISHED:
            return f"It finished at {batch.ended_at:%Y-%m-%d %H:%M:%S} UTC."
    return f"It is {batch.get_state_display().lower()}."
