"""A job that alone is turned away again: it waits longer, and nothing else counts as such."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs import remote
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.refusals import of_the_job
from mediajobs.services.cancel.send import Outcome
from tests.services.cancel.steps import write


@pytest.mark.parametrize(("taken", "waits"), [(True, 20), (False, 2)])
def test_a_job_that_alone_is_turned_away_again_waits_twice_as_long(
    make_job, batch_of, taken, waits
):
    batch = batch_of(make_job(), make_job())
    first, other = claim(batch, worker="w")
    now = timezone.now()
    error = remote.Throttled("Too many.", answer=remote.Answer(429, ""))
    write(batch, [Outcome(first, now - timedelta(seconds=10), now, error=error)])
    if taken:
        write(batch, [Outcome(other, now, now, answer=remote.Answer(200, ""))])
    batch.attempts.update(not_before=None)
    [first] = claim(batch, worker="w", limit=1)
    write(batch, [of_the_job(batch, Outcome(first, now, now, error=error))])
    first.refresh_from_db()
    assert first.not_before == now + timedelta(seconds=waits)


def test_a_token_that_is_turned_away_is_no_answer_to_a_job_that_was(make_job, batch_of):
    batch = batch_of(make_job(), make_job())
    first, other = claim(batch, worker="w")
    now = timezone.now()
    error = remote.Throttled("Too many.", answer=remote.Answer(429, ""))
    write(batch, [Outcome(first, now - timedelta(seconds=10), now, error=error)])
    write(batch, [Outcome(other, now, now, answer=remote.Answer(200, ""))])
    batch.attempts.update(not_before=None)
    [first] = claim(batch, worker="w", limit=1)
    unsent = remote.Throttled("Too many.", answer=remote.Answer(429, ""))
    unsent.is_sent = False
    refused = remote.Throttled("HTTP 401, and not sent again.", answer=remote.Answer(401, ""))
    for error in (unsent, refused):
        assert of_the_job(batch, Outcome(first, now, error=error)).error is error
