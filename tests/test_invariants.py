"""The invariants themselves: what they are to find, they find."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditKind, CancelAttempt, CancelBatch
from mediajobs.simulator.journal import Entry
from tests.invariants import given_up_too_early, unrecorded_requests
from tests.limits import Limits, early_requests, stuck

LIMITS = Limits(in_flight=1, per_second=1, pick_up=20, patience=20)


@pytest.fixture
def attempt(make_job):
    job = make_job()
    batch = CancelBatch.objects.create(state="running", requested_by_name="ann", channel="web")
    return CancelAttempt.objects.create(batch=batch, job=job, remote_id=job.remote_id)


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def found(attempt, limits, *, read=0):
    """What is stuck among rows that were read so many seconds ago."""
    return list(stuck([attempt], limits, ago(read)))


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
        assert bool(found(attempt, LIMITS)) == is_stuck
    assert not found(attempt, LIMITS, read=15)
    just_started = LIMITS._replace(working_since=time.time())
    assert not found(attempt, just_started)


def test_a_lease_that_has_run_out_is_seen_to_soon_also_where_looks_take_long(attempt):
    attempt.state, attempt.lease_expires_at = AttemptState.SENDING, ago(30)
    assert found(attempt, LIMITS._replace(patience=300))
    assert not found(attempt, LIMITS._replace(pick_up=300))


@pytest.mark.parametrize("state", [AttemptState.SENDING, AttemptState.UNCLEAR])
def test_what_waits_for_no_moment_at_all_is_stuck(attempt, state):
    attempt.state = state
    assert found(attempt, LIMITS)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_request_that_is_on_record_may_be_refused_twice_for_its_credentials(world, count):
    journal = [Entry(2.0, "POST", "/media/jobs/cancel", "job-1", 401, "")] * count
    world.journal[:] = journal
    at = datetime.fromtimestamp(1, UTC)
    sent = SimpleNamespace(kind=AuditKind.CANCEL_SENT, job_id="job-1", at=at)
    assert bool(list(unrecorded_requests(world, [sent]))) == (count > 2)
    assert list(unrecorded_requests(world, []))
    assert not list(early_requests(world, [sent]))
    sent.at = datetime.fromtimestamp(3, UTC)
    assert list(early_requests(world, [sent]))


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
