"""Nothing is lost when a worker dies, and nothing is sent again without a look."""

from mediajobs.models import AttemptState, AuditEvent, BatchState
from mediajobs.services import cancel
from mediajobs.services.cancel.claim import claim
from tests.services.cancel.steps import an_hour_later, kinds, only, run


def test_an_attempt_of_a_dead_worker_is_looked_at_before_it_is_sent_again(
    make_job, batch_of, world
):
    batch = batch_of(make_job())
    claim(batch, worker="dead")
    an_hour_later(batch)
    cancel.rescue()
    assert only(batch).state == AttemptState.UNCLEAR
    assert kinds(only(batch)) == ["cancel.sent", "cancel.unanswered"]
    assert cancel.verify() == 0  # the request may have left just now
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.QUEUED
    assert [entry.method for entry in world.journal][-1] == "GET"


def test_a_living_worker_keeps_its_attempts(make_job, batch_of):
    batch = batch_of(make_job())
    claim(batch, worker="alive")
    cancel.rescue()
    assert only(batch).state == AttemptState.SENDING


def test_an_idle_batch_is_handed_to_a_worker(
    make_job, batch_of, django_capture_on_commit_callbacks
):
    batch = batch_of(make_job())
    with django_capture_on_commit_callbacks() as callbacks:
        cancel.rescue()
    assert callbacks == []
    an_hour_later(batch)
    with django_capture_on_commit_callbacks() as callbacks:
        cancel.rescue()
    assert len(callbacks) == 1


def test_a_worker_that_starts_is_handed_what_is_under_way_at_once(
    make_job, batch_of, operator, django_capture_on_commit_callbacks
):
    batch_of(make_job())
    cancel.pause(batch_of(make_job()), by=operator)
    with django_capture_on_commit_callbacks() as callbacks:
        cancel.pick_up()
    assert len(callbacks) == 1


def test_a_batch_paused_by_the_engine_goes_on_by_itself(make_job, batch_of, world):
    world.faults = {"cancel.error": 1.0}
    batch = batch_of(*[make_job() for _ in range(60)])
    run(batch)
    cancel.rescue()
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    an_hour_later(batch)
    cancel.rescue()
    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING
    assert AuditEvent.objects.get(kind="batch.resumed").actor == "engine"


def test_a_batch_paused_by_a_person_stays_paused(make_job, batch_of, operator):
    batch = batch_of(make_job())
    cancel.pause(batch, by=operator)
    an_hour_later(batch)
    cancel.rescue()
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED


def test_a_batch_whose_end_nobody_noticed_is_ended(make_job, batch_of):
    batch = batch_of(make_job())
    batch.attempts.update(state=AttemptState.CANCELLED)
    cancel.rescue()
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED
