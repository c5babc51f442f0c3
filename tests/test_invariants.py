"""The invariants themselves: what they are to find, they find."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, CancelAttempt, CancelBatch
from tests.invariants import given_up_too_early
from tests.limits import Limits, stuck

LIMITS = Limits(in_flight=1, per_second=1, patience=20)


@pytest.fixture
def attempt(make_job):
    job = make_job()
    batch = CancelBatch.objects.create(state="running", requested_by_name="ann", channel="web")
    return CancelAttempt.objects.create(batch=batch, job=job, remote_id=job.remote_id)


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("state", "moment"),
    [
        (AttemptState.SENDING, "lease_expires_at"),
        (AttemptState.REQUESTED, "verify_at"),
        (AttemptState.UNCLEAR, "verify_at"),
    ],
)
def test_what_waits_longer_than_the_patience_is_stuck(attempt, state, moment):
    attempt.state = state
    for seconds, is_stuck in ((10, False), (30, True)):
        setattr(attempt, moment, ago(seconds))
        assert bool(list(stuck([attempt], LIMITS))) == is_stuck
    just_started = LIMITS._replace(working_since=time.time())
    assert not list(stuck([attempt], just_started))


def test_what_is_given_up_after_fewer_sends_than_it_says_is_found(attempt, world):
    attempt.state, attempt.detail = AttemptState.FAILED, "Sent up to 1 times without an answer."
    assert list(given_up_too_early(world, [attempt], []))
    world.fault_next("cancel.reset")
    world.handle(
        "POST",
        "/media/jobs/cancel",
        {"job_id": attempt.remote_id},
        {"Authorization": "Bearer test-token"},
    )
    assert not list(given_up_too_early(world, [attempt], []))
