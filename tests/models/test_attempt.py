"""What guards an attempt: its state, its fence, and what a refusal is."""

import pytest

from mediajobs.models import AttemptState, CancelAttempt, CancelBatch


@pytest.fixture
def attempt(make_job):
    batch = CancelBatch.objects.create(state="running", requested_by_name="ann", channel="web")
    job = make_job()
    CancelAttempt.objects.create(batch=batch, job=job, remote_id=job.remote_id)
    return CancelAttempt.objects.get()


def test_a_new_attempt_is_queued_and_was_never_sent(attempt):
    assert (attempt.state, attempt.fence, attempt.send_count) == (AttemptState.QUEUED, 0, 0)


def test_a_move_from_a_state_it_has_left_changes_nothing(attempt):
    assert not attempt.move(AttemptState.SENDING, to=AttemptState.REQUESTED, detail="x")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.detail) == (AttemptState.QUEUED, "")


def test_a_move_with_an_older_fence_changes_nothing(attempt):
    CancelAttempt.objects.update(fence=2)
    assert not attempt.move(AttemptState.QUEUED, to=AttemptState.FAILED)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 409, 410, 422])
def test_these_answers_are_refusals(attempt, status):
    attempt.state, attempt.remote_status = AttemptState.UNCLEAR, status
    assert attempt.was_refused


@pytest.mark.parametrize("status", [None, 200, 202, 408, 429, 500, 503])
def test_these_answers_are_none(attempt, status):
    attempt.state, attempt.remote_status = AttemptState.UNCLEAR, status
    assert not attempt.was_refused


@pytest.mark.parametrize("status", [401, 404, 429])
def test_what_is_queued_again_was_not_refused(attempt, status):
    attempt.remote_status = status
    assert not attempt.was_refused
