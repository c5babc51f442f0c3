"""Pausing, resuming and aborting."""

import pytest
from django.core.exceptions import PermissionDenied

from mediajobs.models import AttemptState, AuditEvent, BatchState, Job
from mediajobs.services import cancel
from mediajobs.services.audit import Actor
from mediajobs.services.cancel import steer
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.steer import pause_by_engine
from tests.services.cancel.steps import only, run


def test_a_paused_batch_is_resumed_and_sends_on(make_job, batch_of, operator, world):
    batch = batch_of(make_job())
    assert cancel.pause(batch, by=operator)
    assert cancel.resume(batch, by=operator)
    run(batch)
    assert only(batch).state == AttemptState.REQUESTED
    kinds = AuditEvent.objects.about_batch(batch.pk).values_list("kind", flat=True)
    assert {"batch.paused", "batch.resumed"} <= set(kinds)


def test_an_aborted_batch_sends_nothing_more_and_says_so_of_each(make_job, batch_of, operator):
    batch = batch_of(make_job(), make_job())
    assert cancel.abort(batch, by=operator)
    assert batch.counts()["not_sent"] == 2
    assert AuditEvent.objects.filter(kind="cancel.ended", outcome="not_sent").count() == 2
    assert not run(batch)


def test_what_was_under_way_when_it_was_aborted_is_still_written_down(
    make_job, batch_of, operator, world
):
    world.cancel_delay = 3600
    batch = batch_of(make_job(), make_job())
    claim(batch, worker="test", limit=1)
    cancel.abort(batch, by=operator)
    assert batch.counts()["sending"] == 1
    assert batch.counts()["not_sent"] == 1


def test_what_was_sent_before_an_abort_does_not_count_as_never_sent(
    make_job, batch_of, operator, world
):
    world.fault_next("cancel.throttle")
    batch = batch_of(make_job())
    run(batch)
    cancel.abort(batch, by=operator)
    assert only(batch).state == AttemptState.FAILED
    assert "Sent without success" in only(batch).detail


def test_what_was_sent_before_an_abort_ends_as_the_job_has_ended_if_it_has(
    make_job, batch_of, operator, world
):
    world.fault_next("cancel.lost")
    batch = batch_of(make_job(), make_job())
    run(batch)
    batch.attempts.update(state="queued", verify_at=None)
    batch.attempts.filter(send_count=0).update(send_count=1)
    lost = batch.attempts.order_by("pk").first()
    Job.objects.filter(pk=lost.job_id).update(status="cancelled", reported_status="Cancelled")
    cancel.abort(batch, by=operator)
    states = batch.attempts.order_by("pk").values_list("state", flat=True)
    assert list(states) == [AttemptState.CANCELLED, AttemptState.FAILED]


def test_a_person_can_keep_paused_what_the_engine_would_resume(make_job, batch_of, operator):
    batch = batch_of(make_job())
    pause_by_engine(batch, reason="The media API is failing.", retry_after=-1.0)
    assert cancel.pause(batch, by=operator)
    cancel.rescue()
    batch.refresh_from_db()
    assert (batch.state, batch.resumes_at) == (BatchState.PAUSED, None)
    assert batch.pause_reason == f"{operator.name} paused it."
    assert not cancel.pause(batch, by=operator)


def test_what_only_a_person_can_mend_outlasts_a_pause_for_a_while(make_job, batch_of):
    batch = batch_of(make_job())
    assert pause_by_engine(batch, reason="The media API turns calls away.", retry_after=60.0)
    assert pause_by_engine(batch, reason="10 requests in a row ended as refused.", retry_after=None)
    assert not pause_by_engine(batch, reason="The media API is failing.", retry_after=15.0)
    batch.refresh_from_db()
    assert (batch.state, batch.resumes_at) == (BatchState.PAUSED, None)
    assert batch.pause_reason.startswith("10 requests")
    assert AuditEvent.objects.filter(kind="batch.paused").count() == 2


@pytest.mark.parametrize("verb", [cancel.pause, cancel.resume, cancel.abort])
def test_steering_an_ended_batch_changes_nothing(make_job, batch_of, operator, verb):
    batch = batch_of(make_job())
    batch.state = BatchState.FINISHED
    batch.save()
    assert not verb(batch, by=operator)
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED


@pytest.mark.parametrize("verb", [cancel.pause, cancel.resume, cancel.abort])
@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
def test_steering_needs_the_right_to_cancel_many(make_job, batch_of, make_user, verb, role):
    batch = batch_of(make_job())
    actor = Actor(name="somebody", channel="web", user=make_user(role))
    with pytest.raises(PermissionDenied):
        verb(batch, by=actor)


def test_a_large_batch_is_swept_piece_by_piece_and_not_in_the_deed(
    make_job, batch_of, operator, monkeypatch
):
    monkeypatch.setattr(steer, "SWEEP", 2)
    batch = batch_of(*(make_job() for _ in range(5)))
    assert cancel.abort(batch, by=operator)
    assert batch.counts()["not_sent"] == 2
    run(batch)
    assert batch.counts()["not_sent"] == 5
