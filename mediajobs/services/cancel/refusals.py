"""Refused credentials, and calls turned away: whether it is about the one job, or about all."""

from dataclasses import replace
from datetime import datetime

from mediajobs.models import CancelAttempt, CancelBatch, Heartbeat
from mediajobs.remote import CredentialsRefused, EndpointMissing, Rejected, Throttled
from mediajobs.services.cancel.send import Outcome

#: What concerns the whole batch, if it is not about the one job, and how it was answered.
REFUSALS = (CredentialsRefused, EndpointMissing)
REFUSED_BY = (401, 403, 404, 410)
LONGEST_WAIT = 300.0  # seconds


def of_the_job(batch: CancelBatch, outcome: Outcome) -> Outcome:
    """Call a second refusal one of this job, if the credentials were good since the first.

    A job that alone is turned away again and again is asked for ever more seldom.
    """
    error = outcome.error
    if is_throttled_again(batch, outcome):
        return more_patient(outcome)
    if not is_again(outcome) or not error.is_sent:
        return outcome
    if not were_good_since(outcome.attempt.answered_at, batch, error):
        return outcome
    words = f"The same credentials were good for others meanwhile. {error}"
    return replace(outcome, error=Rejected(words, answer=error.answer))


def were_good_since(moment: datetime, batch: CancelBatch, error: Exception) -> bool:
    """Whether a request that left later was taken, or the app was read later and still is."""
    if were_taken_since(moment, batch):
        return True
    name = Heartbeat.of_remote(batch.credential)
    read = Heartbeat.objects.filter(name=name, beat_at__gt=moment, failing_since=None)
    return isinstance(error, CredentialsRefused) and read.exists()


def were_taken_since(moment: datetime, batch: CancelBatch) -> bool:
    return batch.attempts.filter(requested_at__isnull=False, sent_at__gt=moment).exists()


def is_throttled_again(batch: CancelBatch, outcome: Outcome) -> bool:
    """Whether it was turned away twice, though another was taken between."""
    answer = outcome.evidence
    if not answer or not answer.http_status == outcome.attempt.remote_status == 429:
        return False
    return were_taken_since(outcome.attempt.answered_at, batch)


def more_patient(outcome: Outcome) -> Outcome:
    """Have it wait twice as long as since the last answer, and at least as the remote asks."""
    error = outcome.error
    waited = (outcome.answered_at - outcome.attempt.answered_at).total_seconds()
    wait = max(error.retry_after or 0, min(2 * waited, LONGEST_WAIT))
    return replace(outcome, error=Throttled(str(error), answer=error.answer, retry_after=wait))


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
