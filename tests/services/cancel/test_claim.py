"""Taking a slice: the intent is written before the wire, once for a job."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelAttempt, Job
from mediajobs.services import cancel, sync
from mediajobs.services.cancel.claim import SLICE, claim
from tests.services.cancel.steps import only, run


def test_a_claim_writes_intent_lease_and_fence_before_anything_is_sent(make_job, batch_of, world):
    batch = batch_of(make_job())
    [attempt] = claim(batch, worker="first")
    stored = only(batch)
    assert (stored.state, stored.fence, stored.worker) == (AttemptState.SENDING, 1, "first")
    assert stored.lease_expires_at > timezone.now()
    event = AuditEvent.objects.get(kind="cancel.sent")
    assert (event.attempt_id, event.fence, event.job_id) == (attempt.pk, 1, attempt.remote_id)
    assert world.cancels(attempt.remote_id) == 0


def test_a_claimed_attempt_is_not_claimed_again(make_job, batch_of):
    batch = batch_of(make_job())
    assert len(claim(batch, worker="first")) == 1
    assert claim(batch, worker="second") == []


def test_a_claim_takes_a_slice_and_no_more(make_job, batch_of):
    batch = batch_of(*[make_job() for _ in range(SLICE + 1)])
    assert len(claim(batch, worker="first")) == SLICE
    assert len(claim(batch, worker="second")) == 1


@pytest.mark.parametrize("state", [BatchState.PAUSED, BatchState.ABORTED, BatchState.DRAFT])
def test_nothing_is_claimed_of_a_batch_that_does_not_run(make_job, batch_of, state):
    batch = batch_of(make_job())
    batch.state = state
    batch.save()
    assert claim(batch, worker="first") == []


def test_what_must_wait_is_not_claimed_before_its_time(make_job, batch_of):
    batch = batch_of(make_job())
    batch.attempts.update(not_before=timezone.now() + timedelta(minutes=1))
    assert claim(batch, worker="first") == []


def test_a_job_that_ended_since_the_draft_is_not_sent(make_job, batch_of, world):
    job = make_job()
    batch = batch_of(job)
    Job.objects.filter(pk=job.pk).update(status="success", reported_status="Success")
    run(batch)
    assert only(batch).state == AttemptState.ALREADY_FINAL
    assert only(batch).detail == "The job had already ended: Success."
    assert world.cancels(job.remote_id) == 0


def test_a_job_deleted_since_the_draft_ends_as_not_sent(make_job, batch_of):
    job = make_job()
    batch = batch_of(job)
    job.delete()
    run(batch)
    attempt = only(batch)
    assert (attempt.state, attempt.job) == (AttemptState.NOT_SENT, None)
    assert "deleted from the panel" in attempt.detail
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED


@pytest.fixture
def asked_twice(make_job, batch_of, world):
    """Two cancellations of one job: the first has asked, the second waits for that request."""
    job = make_job()
    world.cancel_delay = 3600
    first, second = batch_of(job), batch_of(job)
    run(first)
    run(second)
    return job, first, second


def end(world, job, status):
    """Let the job end at the remote, whatever became of the request for it, and read it."""
    simulated = world.job(job.remote_id)
    simulated.ends_at, simulated.ending = 0, status
    sync.refresh(job)


def go_on(batch):
    """Let the time of waiting pass."""
    batch.attempts.update(not_before=timezone.now())
    run(batch)


def test_a_second_batch_for_the_same_job_waits_for_the_request_of_the_first(asked_twice, world):
    job, first, second = asked_twice
    for _ in range(2):
        assert only(second).state == AttemptState.QUEUED
        assert only(second).joined_to == only(first)
        assert "its request is waited for" in only(second).detail
        go_on(second)
    assert world.cancels(job.remote_id) == 1


def test_what_waits_in_a_large_batch_is_not_due_again_before_all_of_it_was_seen_to(asked_twice):
    _, _, second = asked_twice
    assert only(second).not_before < timezone.now() + timedelta(seconds=6)
    second.attempts.update(not_before=None)
    second.frozen_count = 100_000
    assert claim(second, worker="test") == []
    assert only(second).not_before > timezone.now() + timedelta(minutes=3)


def test_a_second_batch_joins_the_first_when_that_has_cancelled_the_job(asked_twice, world):
    job, _, second = asked_twice
    end(world, job, "Cancelled")
    go_on(second)
    assert only(second).state == AttemptState.JOINED
    assert "another cancellation had asked" in only(second).detail.lower()
    assert world.cancels(job.remote_id) == 1


def test_a_job_that_finished_first_was_not_cancelled_by_either_batch(asked_twice, world):
    job, first, second = asked_twice
    end(world, job, "Success")
    go_on(second)
    assert only(first).state == AttemptState.FINISHED_FIRST
    assert only(second).state == AttemptState.ALREADY_FINAL


def test_a_second_batch_sends_itself_when_the_request_of_the_first_came_to_nothing(
    asked_twice, world
):
    job, first, second = asked_twice
    first.attempts.update(state=AttemptState.FAILED)
    sync.refresh(job)
    go_on(second)
    assert only(second).state == AttemptState.REQUESTED
    assert only(second).joined_to is None
    assert world.cancels(job.remote_id) == 2


def test_the_database_refuses_two_live_attempts_for_a_job(make_job, batch_of):
    job = make_job()
    first, second = batch_of(job), batch_of(job)
    claim(first, worker="first")
    with pytest.raises(IntegrityError), transaction.atomic():
        second.attempts.update(state=AttemptState.REQUESTED)
    assert CancelAttempt.objects.live().count() == 1


def test_what_a_worker_does_is_recorded_as_done_for_the_person(make_job, draft_of, operator):
    batch = draft_of(make_job())
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
    claim(batch, worker="first")
    event = AuditEvent.objects.get(kind="cancel.sent")
    assert (event.actor, event.actor_id, event.channel) == (operator.name, operator.user_id, "web")


def test_a_slice_that_needs_no_request_does_not_end_the_turn(make_job, batch_of, world):
    jobs = [make_job() for _ in range(SLICE + 1)]
    batch = batch_of(*jobs)
    Job.objects.filter(pk__in=[job.pk for job in jobs[:SLICE]]).update(status="success")
    assert not run(batch)
    assert batch.counts()["already_final"] == SLICE
    assert world.cancels(jobs[SLICE].remote_id) == 1
