"""Carrying out a batch: every answer of the remote leads where the state machine says."""

import threading

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelBatch, Job
from mediajobs.services import cancel
from tests.services.cancel.steps import an_hour_later, kinds, only, run


def test_an_accepted_cancel_is_requested_and_not_cancelled(make_job, batch_of, world):
    world.cancel_delay = 3600
    batch = batch_of(make_job())
    run(batch)
    attempt = only(batch)
    assert attempt.state == AttemptState.REQUESTED
    assert (attempt.remote_status, attempt.send_count) == (200, 1)
    assert "Cancel request received" in attempt.answer
    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING


def test_the_whole_way_stands_in_the_trail(make_job, batch_of, world):
    world.cancel_delay = 0
    batch = batch_of(make_job())
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert kinds(only(batch)) == ["cancel.sent", "cancel.answered", "cancel.ended"]
    assert list(
        AuditEvent.objects.about_batch(batch.pk).order_by("id").values_list("kind", flat=True)
    ) == ["batch.drafted", "batch.confirmed", "batch.finished"]


@pytest.mark.parametrize(
    ("fault", "state", "status", "end"),
    [
        ("cancel.throttle", AttemptState.QUEUED, 429, "cancel.answered"),
        ("cancel.throttle_silent", AttemptState.QUEUED, 429, "cancel.answered"),
        ("cancel.error", AttemptState.UNCLEAR, 500, "cancel.answered"),
        ("cancel.error_after", AttemptState.UNCLEAR, 500, "cancel.answered"),
        ("cancel.unavailable", AttemptState.UNCLEAR, 503, "cancel.answered"),
        ("cancel.html", AttemptState.UNCLEAR, 502, "cancel.answered"),
        ("cancel.lost", AttemptState.UNCLEAR, None, "cancel.unanswered"),
        ("cancel.reset", AttemptState.UNCLEAR, None, "cancel.unanswered"),
        ("cancel.refuse", AttemptState.REFUSED, 409, "cancel.ended"),
        ("cancel.garbage", AttemptState.REQUESTED, 200, "cancel.answered"),
    ],
)
def test_where_an_answer_leads_an_attempt(make_job, batch_of, world, fault, state, status, end):
    world.cancel_delay = 3600
    world.fault_next(fault)
    batch = batch_of(make_job())
    run(batch)
    attempt = only(batch)
    assert (attempt.state, attempt.remote_status) == (state, status)
    assert kinds(attempt)[0] == "cancel.sent"
    assert kinds(attempt)[-1] == end
    assert attempt.state == AttemptState.REQUESTED or attempt.detail


def test_a_refused_cancel_of_an_ended_job_is_reported_as_already_finished(
    make_job, batch_of, world
):
    job = make_job()
    world.job(job.remote_id).settle("Success", 0)
    batch = batch_of(job)
    run(batch)
    assert only(batch).state == AttemptState.ALREADY_FINAL
    job.refresh_from_db()
    assert job.status == "success"


def test_a_job_that_the_remote_does_not_know_ends_as_not_found(make_job, batch_of, world):
    job = make_job()
    del world.jobs[job.remote_id]
    batch = batch_of(job)
    run(batch)
    assert only(batch).state == AttemptState.NOT_FOUND
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED


def test_a_job_unknown_under_a_path_unknown_ends_as_not_found(make_job, batch_of, world):
    job = make_job()
    del world.jobs[job.remote_id]
    Job.objects.update(path="/media/bogus")
    batch = batch_of(job)
    run(batch)
    assert only(batch).state == AttemptState.NOT_FOUND


def test_a_job_that_a_look_does_not_find_is_not_said_to_go_on_though_its_cancel_was_refused(
    make_job, batch_of, world
):
    world.fault_next("cancel.refuse")
    batch = batch_of(make_job())
    Job.objects.update(path="/media/enhance")
    run(batch)
    attempt = only(batch)
    assert (attempt.state, attempt.remote_status) == (AttemptState.NOT_FOUND, 409)
    assert attempt.detail == "The media API knows no such job."


def test_no_answer_leaves_no_time_of_an_answer(make_job, batch_of, world):
    world.fault_next("cancel.lost")
    batch = batch_of(make_job())
    run(batch)
    assert only(batch).answered_at is None


class FailingStop(threading.Event):
    """A sign to stop that the thread which writes cannot read a second time."""

    is_read = False

    def is_set(self):
        if threading.current_thread() is threading.main_thread():
            if self.is_read:
                raise OSError("the sign is gone")
            self.is_read = True
        return False


def test_an_error_of_ours_loses_no_answer_that_came(make_job, batch_of, world):
    world.cancel_delay = 3600
    batch = batch_of(make_job(), make_job())
    with pytest.raises(OSError, match="the sign is gone"):
        cancel.run(batch, seconds=5, worker="test", stop=FailingStop())
    counts = batch.counts()
    assert counts["sending"] == 0
    assert counts["requested"] == sum(world.cancels(job_id) for job_id in world.jobs)


def test_a_failing_remote_pauses_the_batch_until_it_may_be_tried_again(make_job, batch_of, world):
    world.faults = {"cancel.error": 1.0}
    batch = batch_of(*[make_job() for _ in range(60)])
    run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert batch.resumes_at is not None
    assert "failing" in batch.pause_reason
    assert sum(batch.counts().values()) == 60
    sent = sum(1 for entry in world.journal if entry.method == "POST")
    assert sent < 60


def test_a_worker_that_alone_cannot_reach_the_remote_leaves_the_batch_to_the_others(
    make_job, batch_of, world
):
    world.faults = {"cancel.error": 1.0}
    batch = batch_of(*[make_job() for _ in range(160)])
    taken = {"state": "requested", "worker": "another", "requested_at": timezone.now()}
    batch.attempts.filter(pk=batch.attempts.last().pk).update(**taken)
    assert not run(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.pause_reason) == (BatchState.RUNNING, "")
    assert batch.attempts.due().exists()
    assert not batch.attempts.waiting().filter(detail__contains="failing").exists()
    an_hour_later(batch)
    run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED


def test_a_batch_finishes_when_it_waits_for_nothing_any_more(make_job, batch_of, world):
    world.cancel_delay = 0
    batch = batch_of(make_job(), make_job(status="Failed"))
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED
    event = AuditEvent.objects.get(kind="batch.finished")
    assert event.detail.startswith("1 cancelled, 1 already finished. All outcomes, SHA-256: ")


def test_a_batch_paused_by_a_person_stops_sending(make_job, batch_of, world, operator):
    batch = batch_of(make_job())
    assert cancel.pause(batch, by=operator)
    assert not run(batch)
    assert world.cancels(only(batch).remote_id) == 0


def test_nothing_is_sent_once_the_worker_is_told_to_stop(make_job, batch_of, world):
    stop = threading.Event()
    stop.set()
    batch = batch_of(make_job())
    assert cancel.run(batch, seconds=5, worker="test", stop=stop)
    assert world.cancels(only(batch).remote_id) == 0
    assert only(batch).state == AttemptState.QUEUED


def test_running_notes_that_a_worker_is_at_it(make_job, batch_of):
    batch = batch_of(make_job())
    CancelBatch.objects.update(worked_at=None)
    run(batch)
    batch.refresh_from_db()
    assert batch.worked_at is not None


def test_a_clear_no_is_told_as_that_in_the_trail(make_job, batch_of, world):
    world.fault_next("cancel.refuse")
    batch = batch_of(make_job())
    run(batch)
    answered = AuditEvent.objects.get(kind="cancel.answered")
    assert (answered.outcome, answered.remote_status) == ("refused", 409)
    finished = AuditEvent.objects.get(kind="batch.finished")
    assert finished.outcome == "finished_with_problems"
