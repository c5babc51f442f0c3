"""Judging by a look: to wait, to send again, or to give up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs import remote
from mediajobs.models import AttemptState, AuditEvent, BatchState, Heartbeat, Job
from mediajobs.remote import Unclear
from mediajobs.services import cancel, pulse
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.judge import MOST_SENDS, judge
from mediajobs.services.cancel.send import Outcome
from mediajobs.services.cancel.steer import pause_by_engine
from tests.services.cancel.steps import an_hour_later, kinds, only, run, write


def test_a_request_that_had_no_effect_is_sent_again_after_a_look(make_job, batch_of, world):
    world.fault_next("cancel.reset")
    world.cancel_delay = 0
    job = make_job()
    batch = batch_of(job)
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.QUEUED
    an_hour_later(batch)
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.CANCELLED
    assert kinds(only(batch)).count("cancel.sent") == 2


@pytest.mark.parametrize(("pauses", "woken"), [(False, 1), (True, 0)])
def test_a_worker_is_woken_for_what_is_to_be_sent_again_unless_the_batch_is_paused(
    make_job, batch_of, world, operator, django_capture_on_commit_callbacks, pauses, woken
):
    world.fault_next("cancel.reset")
    batch = batch_of(make_job())
    run(batch)
    an_hour_later(batch)
    if pauses:
        cancel.pause(batch, by=operator)
    with django_capture_on_commit_callbacks() as callbacks:
        cancel.verify()
    assert only(batch).state == AttemptState.QUEUED
    assert len(callbacks) == woken


def test_a_repetition_that_is_refused_while_the_first_request_takes_effect_is_no_refusal(
    make_job, batch_of, world
):
    world.cancel_delay, world.repeated_cancel_status = 3600, 409
    world.fault_next("cancel.lost")
    job = make_job()
    batch = batch_of(job)
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    run(batch)
    assert world.cancels(job.remote_id) == 2
    assert (only(batch).state, only(batch).remote_status) == (AttemptState.UNCLEAR, 409)
    world.job(job.remote_id).ends_at = world.clock() - 1
    batch.attempts.update(verify_at=batch.created_at)
    cancel.verify()
    assert only(batch).state == AttemptState.CANCELLED


def test_a_repetition_that_is_refused_is_a_refusal_once_the_first_has_had_its_time(
    make_job, batch_of, world
):
    world.cancel_delay, world.repeated_cancel_status = 36000, 409
    world.fault_next("cancel.lost")
    batch = batch_of(make_job())
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.REFUSED


def test_a_lost_request_gets_time_to_take_effect_before_it_is_sent_again(make_job, batch_of, world):
    world.fault_next("cancel.reset")
    batch = batch_of(make_job())
    run(batch)
    batch.attempts.update(verify_at=batch.created_at)
    cancel.verify()
    attempt = only(batch)
    assert attempt.state == AttemptState.UNCLEAR
    assert attempt.verify_at > attempt.sent_at


def test_a_look_that_came_too_early_decides_nothing_however_late_it_is_judged(make_job, batch_of):
    batch = batch_of(make_job())
    [attempt] = claim(batch, worker="test")
    lost_at = timezone.now() - timedelta(seconds=25)
    write(batch, [Outcome(attempt, lost_at, lost_at, error=Unclear("No answer."))])
    for seconds, state in ((3, AttemptState.UNCLEAR), (12, AttemptState.QUEUED)):
        Job.objects.update(checked_at=lost_at + timedelta(seconds=seconds))
        judge([only(batch)])
        assert only(batch).state == state


def test_a_look_that_another_clock_dates_ahead_came_by_now_at_the_latest(make_job, batch_of):
    batch = batch_of(make_job())
    [attempt] = claim(batch, worker="test")
    lost_at = timezone.now()
    write(batch, [Outcome(attempt, lost_at, lost_at, error=Unclear("No answer."))])
    Job.objects.update(checked_at=lost_at + timedelta(seconds=20))
    judge([only(batch)])
    assert only(batch).state == AttemptState.UNCLEAR


def test_that_time_begins_with_the_loss_however_long_before_it_left(make_job, batch_of):
    batch = batch_of(make_job())
    [attempt] = claim(batch, worker="test")
    lost_at = timezone.now()
    left_at = lost_at - timedelta(seconds=20)
    write(batch, [Outcome(attempt, lost_at, left_at, error=Unclear("No answer."))])
    batch.attempts.update(verify_at=batch.created_at)
    cancel.verify()
    assert (only(batch).state, only(batch).sent_at) == (AttemptState.UNCLEAR, left_at)


def test_a_cancel_that_never_gets_a_clear_answer_is_given_up(make_job, batch_of, world):
    world.faults = {"cancel.reset": 1.0}
    job = make_job()
    batch = batch_of(job)
    for _ in range(MOST_SENDS):
        run(batch)
        an_hour_later(batch)
        cancel.verify()
        an_hour_later(batch)
    assert only(batch).state == AttemptState.FAILED
    assert f"Sent up to {MOST_SENDS} times" in only(batch).detail
    assert sum(entry.method == "POST" for entry in world.journal) == MOST_SENDS


def test_an_unclear_one_of_an_aborted_batch_is_not_sent_again(make_job, batch_of, world, operator):
    world.fault_next("cancel.reset")
    job = make_job()
    batch = batch_of(job)
    run(batch)
    cancel.abort(batch, by=operator)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.FAILED
    assert "batch was aborted" in only(batch).detail
    assert sum(entry.method == "POST" for entry in world.journal) == 1


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("cancel.never", AttemptState.UNCONFIRMED),
        ("cancel.lost", AttemptState.UNCONFIRMED),
        ("cancel.refuse", AttemptState.REFUSED),
    ],
)
def test_a_job_that_cannot_be_read_for_too_long_keeps_no_batch_open(
    make_job, batch_of, world, fault, state
):
    world.fault_next(fault, "status.html")
    batch = batch_of(make_job())
    run(batch)
    world.faults = {"error": 1.0}
    pulse.beat(Heartbeat.of_remote(None))
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == state
    assert "could not be looked at" in only(batch).detail
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED


def test_an_outage_of_an_hour_gives_up_no_request_that_may_never_have_arrived(
    make_job, batch_of, world
):
    world.fault_next("cancel.unavailable_silent")
    batch = batch_of(make_job())
    run(batch)
    world.faults = {"error": 1.0}
    an_hour_later(batch)
    read_at = timezone.now() - timedelta(hours=1)
    Heartbeat.objects.create(name=Heartbeat.of_remote(None), beat_at=read_at)
    cancel.verify()
    assert only(batch).state == AttemptState.UNCLEAR
    world.faults = {}
    remote.forget()
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.QUEUED


def test_requests_that_the_engine_sends_as_probes_use_up_no_job_s_budget(make_job, batch_of, world):
    world.fault_next("cancel.unavailable_silent")
    batch = batch_of(make_job())
    run(batch)
    batch.attempts.update(send_count=MOST_SENDS)
    an_hour_later(batch)
    pause_by_engine(batch, reason="The media API is failing.", retry_after=60.0)
    cancel.verify()
    assert only(batch).state == AttemptState.QUEUED


def test_a_second_send_is_preceded_by_a_look_that_stands_in_the_trail(make_job, batch_of, world):
    world.fault_next("cancel.reset")
    batch = batch_of(make_job())
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    an_hour_later(batch)
    run(batch)
    assert kinds(only(batch))[:4] == [
        "cancel.sent",
        "cancel.unanswered",
        "cancel.queued_again",
        "cancel.sent",
    ]
    assert "Running" in AuditEvent.objects.get(kind="cancel.queued_again").detail
