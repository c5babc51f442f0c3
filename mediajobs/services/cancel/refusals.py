"""Refused credentials: whether that is about the one job, or about all of them."""

from dataclasses import replace
from datetime import datetime

from mediajobs.models import CancelAttempt, CancelBatch, Heartbeat
from mediajobs.remote import CredentialsRefused, EndpointMissing, Rejected
from mediajobs.services.cancel.send import Outcome

#: What concerns the whole batch, if it is not about the one job, and how it was answered.
REFUSALS = (CredentialsRefused, EndpointMissing)
REFUSED_BY = (401, 403, 404, 410)


def of_the_job(batch: CancelBatch, outcome: Outcome) -> Outcome:
    """Call a second refusal one of this job, if the credentials were good since the first."""
    error = outcome.error
    if not is_again(outcome) or not error.is_sent:
        return outcome
    if not were_good_since(outcome.attempt.answered_at, batch, error):
        return outcome
    words = f"The same credentials were good for others meanwhile. {error}"
    return replace(outcome, error=Rejected(words, answer=error.answer))


def were_good_since(moment: datetime, batch: CancelBatch, error: Exception) -> bool:
    """Whether a request that left later was taken, or the app was read later and still is."""
    if batch.attempts.filter(requested_at__isnull=False, sent_at__gt=moment).exists():
        return True
    name = Heartbeat.of_remote(batch.credential)
    read = Heartbeat.objects.filter(name=name, beat_at__gt=moment, failing_since=None)
    return isinstance(error, CredentialsRefused) and read.exists()


def is_about_us(outcome: Outcome) -> bool:
    """Whether a refusal tells of the credentials when nothing else was heard."""
    return not outcome.error.is_sent or is_again(outcome)


def is_heard(outcome: Outcome) -> bool:
    """Whether it shows that the remote takes requests of ours."""
    is_no = isinstance(outcome.error, Rejected) and not was_refused_before(outcome.attempt)
    return outcome.error is None or is_no


def is_again(outcome: Outcome) -> bool:
    return isinstance(outcome.error, REFUSALS) and was_refused_before(outcome.attempt)


def was_refused_before(attempt: CancelAttempt) -> bool:
    """Whether the request before this one was refused, as the claim found the attempt."""
    return bool(attempt.answered_at) and attempt.remote_status in REFUSED_BY
