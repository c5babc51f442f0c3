"""What an earlier request may have done is looked at before another one leaves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs import remote
from mediajobs.models import AttemptState, BatchState, Heartbeat, Job
from mediajobs.services import cancel, pulse, sync
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.send import send
from tests.services.cancel.steps import an_hour_later, kinds, only, run, write


@pytest.fixture
def unconfirmed(make_job, batch_of, world):
    """A batch whose request was lost, and whose job could not be read since."""
    batch = batch_of(make_job())
    world.fault_next("cancel.lost")
    world.faults = {"status.error": 1.0, "jobs.error": 1.0}
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.UNCONFIRMED
    Job.objects.update(checked_at=timezone.now() - timedelta(hours=2))
    world.faults = {}
    remote.forget()
    batch.refresh_from_db()
    return batch


def posts(world):
    return [entry for entry in world.journal if entry.method == "POST"]


def retried(batch, operator):
    child = cancel.retry(batch, by=operator)
    cancel.confirm(child, by=operator, category="stuck", reason="again", inline=True)
    return child


def test_a_retry_of_what_may_have_arrived_is_not_sent_before_a_look(unconfirmed, operator, world):
    child = retried(unconfirmed, operator)
    run(child)
    assert len(posts(world)) == 1
    waiting = only(child)
    assert waiting.state == AttemptState.QUEUED
    assert "looked at first" in waiting.detail


def test_after_the_look_it_is_sent_at_once(unconfirmed, operator, world):
    world.cancel_delay = 3600
    child = retried(unconfirmed, operator)
    run(child)
    cancel.verify()
    run(child)
    assert len(posts(world)) == 2
    assert only(child).state == AttemptState.REQUESTED


def reads_of(batch, world):
    """How many looks a verification an hour later takes."""
    an_hour_later(batch)
    before = len(world.journal)
    cancel.verify()
    return len(world.journal) - before


def test_one_look_before_sending_is_enough_however_long_it_stays_queued(
    unconfirmed, operator, world
):
    child = retried(unconfirmed, operator)
    run(child)
    assert [reads_of(child, world) for _ in range(3)] == [1, 0, 0]


def test_a_look_that_fails_is_taken_again(unconfirmed, operator, world):
    child = retried(unconfirmed, operator)
    run(child)
    world.fault_next("status.error")
    assert [reads_of(child, world) for _ in range(3)] == [1, 1, 0]


def test_a_job_that_can_never_be_read_is_given_up_unsent_while_its_app_is_read(
    unconfirmed, operator, world
):
    child = retried(unconfirmed, operator)
    run(child)
    Job.objects.update(look_again_at=timezone.now())  # as the sweeps leave it
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(hours=1))
    for app_is_read, state in ((False, AttemptState.QUEUED), (True, AttemptState.FAILED)):
        if app_is_read:
            pulse.beat(Heartbeat.of_remote(None))
        world.fault_next("status.unauthorized")
        assert reads_of(child, world) == 1
        assert only(child).state == state
    assert "Not sent" in only(child).detail
    assert len(posts(world)) == 1
    child.refresh_from_db()
    assert child.state == BatchState.FINISHED


def test_after_a_refusal_there_is_nothing_to_look_at_first(make_job, batch_of, operator, world):
    batch = batch_of(make_job())
    world.fault_next("cancel.refuse")
    run(batch)
    cancel.verify()
    assert (only(batch).state, only(batch).send_count) == (AttemptState.REFUSED, 1)
    Job.objects.update(checked_at=timezone.now() - timedelta(hours=2))
    world.cancel_delay = 3600
    child = retried(batch, operator)
    run(child)
    assert only(child).state == AttemptState.REQUESTED


def test_what_is_paused_is_looked_at_when_it_goes_on(unconfirmed, operator, world):
    child = retried(unconfirmed, operator)
    run(child)
    cancel.pause(child, by=operator)
    assert reads_of(child, world) == 0
    cancel.resume(child, by=operator)
    assert reads_of(child, world) == 1


def test_a_look_changes_nothing_for_what_was_claimed_and_queued_meanwhile(
    unconfirmed, operator, world
):
    child = retried(unconfirmed, operator)
    run(child)
    Job.objects.update(checked_at=timezone.now())
    child.attempts.update(not_before=None)
    world.fault_next("cancel.throttle")
    run(child)
    assert (only(child).state, only(child).verify_at) == (AttemptState.QUEUED, None)
    assert reads_of(child, world) == 0


def test_a_look_that_finds_the_job_ended_sends_nothing(unconfirmed, operator, world):
    world.job(only(unconfirmed).remote_id).ends_at = 0
    child = retried(unconfirmed, operator)
    run(child)
    cancel.verify()
    run(child)
    assert len(posts(world)) == 1
    assert only(child).state == AttemptState.ALREADY_FINAL
    assert only(unconfirmed).state == AttemptState.CANCELLED


def test_a_job_that_our_own_lost_request_ended_counts_as_cancelled_by_it(make_job, batch_of, world):
    batch = batch_of(make_job())
    world.fault_next("cancel.lost")
    run(batch)
    an_hour_later(batch)
    batch.attempts.update(state="queued", verify_at=None)
    Job.objects.update(status="cancelled", reported_status="Cancelled")
    assert claim(batch, worker="test") == []
    assert only(batch).state == AttemptState.CANCELLED
    assert kinds(only(batch))[-1] == "cancel.ended"


def test_what_waits_to_be_sent_again_is_looked_at_first_if_another_has_sent_since(
    unconfirmed, make_job, batch_of, world
):
    """`unconfirmed` has sent a request for the job that nobody has looked at."""
    job = unconfirmed.attempts.get().job
    again = batch_of(job)
    again.attempts.update(send_count=1, sent_at=timezone.now() - timedelta(hours=3))
    assert claim(again, worker="test") == []
    assert "looked at first" in only(again).detail


def test_a_look_between_the_claim_and_the_request_knows_nothing_of_that(
    make_job, batch_of, operator, world
):
    job = make_job()
    batch = batch_of(job)
    [attempt] = claim(batch, worker="test")
    sync.refresh(job)
    world.fault_next("cancel.lost")
    write(batch, [send(remote.connect(), attempt, still_wanted=lambda: True)])
    batch.attempts.update(state=AttemptState.UNCONFIRMED)
    batch.move(BatchState.RUNNING, to=BatchState.FINISHED)
    child = retried(batch, operator)
    run(child)
    assert len(posts(world)) == 1
    assert "looked at first" in only(child).detail


def test_a_job_that_was_read_since_needs_no_look(unconfirmed, operator, world):
    Job.objects.update(checked_at=timezone.now() + timedelta(seconds=1))
    run(retried(unconfirmed, operator))
    assert len(posts(world)) == 2
