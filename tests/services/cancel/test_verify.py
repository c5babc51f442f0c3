"""Looking whether what was asked for has happened."""

import sys
from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, BatchState
from mediajobs.services import cancel, sync
from mediajobs.services.cancel.verify import take
from tests.services.cancel.steps import an_hour_later, only, run


def test_cancelled_is_said_only_when_the_remote_says_it(make_job, batch_of, world):
    world.cancel_delay = 0
    job = make_job()
    batch = batch_of(job)
    run(batch)
    assert only(batch).state == AttemptState.REQUESTED
    an_hour_later(batch)
    cancel.verify()
    job.refresh_from_db()
    assert (job.status, job.reported_status) == ("cancelled", "Cancelled")
    assert only(batch).state == AttemptState.CANCELLED


def test_a_job_that_finishes_first_is_its_own_outcome(make_job, batch_of, world):
    job = make_job()
    batch = batch_of(job)
    world.fault_next("cancel.finish_anyway")
    world.cancel_delay = 0
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    attempt = only(batch)
    assert attempt.state == AttemptState.FINISHED_FIRST
    assert attempt.detail == "The job finished before the request took effect: Success."


def test_an_accepted_cancel_that_changes_nothing_ends_as_unconfirmed(make_job, batch_of, world):
    world.fault_next("cancel.never")
    batch = batch_of(make_job())
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.UNCONFIRMED
    assert AuditEvent.objects.filter(kind="cancel.unconfirmed").count() == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED


def test_an_unconfirmed_one_is_settled_by_later_news(make_job, batch_of, world):
    world.fault_next("cancel.never")
    job = make_job()
    batch = batch_of(job)
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    world.job(job.remote_id).settle("Cancelled", 0)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.CANCELLED


@pytest.mark.parametrize("fault", ["cancel.lost", "cancel.error_after"])
def test_a_lost_answer_is_looked_at_and_not_sent_again(make_job, batch_of, world, fault):
    world.cancel_delay = 0
    world.fault_next(fault)
    job = make_job()
    batch = batch_of(job)
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.CANCELLED
    assert world.cancels(job.remote_id) == 1


def test_what_has_to_be_looked_at_before_it_is_sent_does_not_wait_behind_all_that_was_sent(
    make_job, batch_of
):
    sent, waiting = batch_of(make_job(), make_job()), batch_of(make_job())
    now = timezone.now()
    facts = {"fence": 1, "send_count": 1, "sent_at": now, "requested_at": now}
    sent.attempts.update(state="requested", verify_at=now - timedelta(hours=1), **facts)
    waiting.attempts.update(not_before=now + timedelta(hours=1), verify_at=now)
    assert [attempt.batch_id for attempt in take(2)] == [waiting.pk, sent.pk]


def test_a_look_that_takes_too_long_gives_up_nothing_that_it_did_not_ask_about(
    make_job, batch_of, world, monkeypatch
):
    monkeypatch.setattr(sys.modules[cancel.verify.__module__], "LOOKING", timedelta(0))
    batch = batch_of(make_job())
    run(batch)
    an_hour_later(batch)
    before = len(world.journal)
    cancel.verify()
    assert len(world.journal) == before
    assert only(batch).state == AttemptState.REQUESTED


def test_many_jobs_are_read_from_the_list_and_not_one_by_one(make_job, batch_of, world):
    world.cancel_delay = 0
    jobs = [make_job() for _ in range(50)]
    list(sync.discover())
    batch = batch_of(*jobs)
    run(batch)
    an_hour_later(batch)
    before = len(world.journal)
    assert cancel.verify() == 50
    assert len(world.journal) - before == 1
    assert batch.counts()["cancelled"] == 50


def test_a_broken_list_is_no_reason_not_to_ask_for_each_job(make_job, batch_of, world):
    world.cancel_delay = 0
    batch = batch_of(*[make_job() for _ in range(20)])
    list(sync.discover())
    run(batch)
    an_hour_later(batch)
    world.faults = {"jobs.error": 1.0}
    assert cancel.verify() == 20
    assert batch.counts()["cancelled"] == 20


def test_a_failing_remote_leaves_everything_awaited(make_job, batch_of, world):
    batch = batch_of(make_job())
    run(batch)
    batch.attempts.update(verify_at=batch.created_at)
    world.faults = {"error": 1.0}
    assert cancel.verify() == 0
    assert only(batch).state == AttemptState.REQUESTED


def test_a_worker_that_ends_gives_up_nothing_that_it_did_not_ask_about(make_job, batch_of, world):
    batch = batch_of(make_job())
    run(batch)
    world.faults = {"error": 1.0}
    an_hour_later(batch)
    calls, stop = len(world.journal), Event()
    stop.set()
    assert cancel.verify(stop=stop) == 0
    assert len(world.journal) == calls
    assert only(batch).state == AttemptState.REQUESTED
