"""Cancelling one job while somebody waits: no worker needed."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import AttemptState, CancelBatch
from mediajobs.services import cancel


def now(job, by, reason="It hangs."):
    return cancel.cancel_now(job, by=by, category="stuck", reason=reason)


def test_the_answer_and_the_new_status_are_there_at_once(make_job, operator, world):
    world.cancel_delay = 0
    job = make_job()
    attempt = now(job, operator)
    job.refresh_from_db()
    assert (attempt.state, job.status) == (AttemptState.CANCELLED, "cancelled")


def test_a_remote_that_takes_its_time_leaves_it_requested(make_job, operator, world):
    world.cancel_delay = 3600
    job = make_job()
    attempt = now(job, operator)
    job.refresh_from_db()
    assert (attempt.state, job.status) == (AttemptState.REQUESTED, "running")
    assert attempt.verify_at is not None


def test_asking_twice_sends_once(make_job, operator, world):
    world.cancel_delay = 3600
    job = make_job()
    assert now(job, operator).state == AttemptState.REQUESTED
    second = now(job, operator)
    assert second.state == AttemptState.QUEUED
    assert second.joined_to is not None
    assert world.cancels(job.remote_id) == 1


def test_a_remote_that_is_down_keeps_the_wish_for_the_workers(make_job, operator, network):
    job = make_job()
    network.reset()
    attempt = now(job, operator)
    assert attempt.state in (AttemptState.QUEUED, AttemptState.UNCLEAR)
    assert attempt.detail


def test_without_a_reason_nothing_is_sent_and_nothing_is_left(make_job, operator, world):
    job = make_job()
    with pytest.raises(ValidationError):
        now(job, operator, reason=" ")
    assert world.cancels(job.remote_id) == 0
    assert not CancelBatch.objects.exists()
