"""Freezing a choice of jobs, throwing drafts away, retrying the failed."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, CancelAttempt, CancelBatch, Job
from mediajobs.services import cancel
from mediajobs.services.audit import Actor
from tests.services.cancel.steps import run


def test_the_choice_is_frozen_into_rows_before_anybody_confirms(make_job, draft_of):
    first, second = make_job(), make_job()
    batch = draft_of(first, second)
    make_job()
    assert set(batch.attempts.values_list("remote_id", flat=True)) == {
        first.remote_id,
        second.remote_id,
    }
    assert batch.frozen_count == 2


def test_a_draft_sends_nothing(make_job, draft_of, world):
    batch = draft_of(make_job())
    assert not run(batch)
    assert not world.journal
    assert batch.attempts.get().state == AttemptState.QUEUED


def test_a_finished_job_is_left_out_of_the_batch(make_job, batch_of, world):
    ended, running = make_job(status="Success"), make_job()
    batch = batch_of(ended, running)
    run(batch)
    assert batch.attempts.get(job=ended).state == AttemptState.ALREADY_FINAL
    assert (world.cancels(ended.remote_id), world.cancels(running.remote_id)) == (0, 1)
    ends = AuditEvent.objects.filter(kind="cancel.ended", job_id=ended.remote_id)
    assert [event.outcome for event in ends] == ["already_final"]


def test_an_empty_choice_is_refused_with_a_sentence_and_leaves_nothing(operator, db):
    with pytest.raises(ValidationError, match="No job was selected"):
        cancel.draft(Job.objects.none(), by=operator, selection="nothing")
    assert not CancelBatch.objects.exists()


def test_more_jobs_than_a_batch_may_hold_are_refused_and_leave_nothing(
    make_job, draft_of, settings
):
    settings.CANCEL_MAX_BATCH = 1
    jobs = [make_job(), make_job()]
    with pytest.raises(ValidationError, match="2 jobs are more than"):
        draft_of(*jobs)
    assert not CancelBatch.objects.exists()
    assert not CancelAttempt.objects.exists()


@pytest.mark.parametrize(
    ("role", "count", "allowed"),
    [
        ("viewer", 1, False),
        ("auditor", 1, False),
        ("operator", 1, True),
        ("operator", 2, False),
        ("bulk operator", 1, True),
        ("bulk operator", 2, True),
    ],
)
def test_how_many_jobs_a_role_may_cancel(make_job, make_user, draft_of, role, count, allowed):
    actor = Actor(name="somebody", channel="web", user=make_user(role, "somebody"))
    jobs = [make_job() for _ in range(count)]
    if allowed:
        assert draft_of(*jobs, by=actor).frozen_count == count
        return
    with pytest.raises(PermissionDenied):
        draft_of(*jobs, by=actor)
    assert not CancelBatch.objects.exists()


def test_a_draft_stands_in_the_trail_with_who_and_what(make_job, draft_of, operator):
    batch = draft_of(make_job())
    event = AuditEvent.objects.get(kind="batch.drafted")
    assert (event.actor, event.batch_id) == (operator.name, batch.pk)
    digest = sha256(f"{Job.objects.get().remote_id}\n".encode()).hexdigest()
    assert event.detail == f"1 job: 1 ticked jobs. All jobs, SHA-256: {digest}"


def test_a_discarded_draft_leaves_its_jobs_alone_and_a_line_in_the_trail(
    make_job, draft_of, operator
):
    batch = draft_of(make_job())
    number = batch.pk
    assert cancel.discard(batch, by=operator)
    assert not CancelBatch.objects.exists()
    assert AuditEvent.objects.get(kind="batch.discarded").batch_id == number
    assert Job.objects.count() == 1


def test_a_released_batch_cannot_be_discarded(make_job, batch_of, operator):
    batch = batch_of(make_job())
    assert not cancel.discard(batch, by=operator)
    assert batch.attempts.count() == 1


def test_drafts_that_nobody_confirmed_for_a_day_are_dropped(make_job, draft_of):
    old, young = draft_of(make_job()), draft_of(make_job())
    CancelBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert cancel.drop_forgotten() == 1
    assert list(CancelBatch.objects.all()) == [young]
    assert AuditEvent.objects.get(kind="batch.discarded").actor == "engine"


def test_a_draft_that_cannot_be_dropped_keeps_none_of_the_others(make_job, draft_of, caplog):
    old, kept = draft_of(make_job()), draft_of(make_job())
    CancelBatch.objects.update(created_at=timezone.now() - timedelta(hours=25))
    young = draft_of(make_job())
    CancelBatch.objects.filter(pk=young.pk).update(parent=kept)
    assert cancel.drop_forgotten() == 1
    assert not CancelBatch.objects.filter(pk=old.pk).exists()
    assert kept.attempts.count() == 1
    assert f"the forgotten draft {kept.pk} could not be thrown away" in caplog.text


def test_throwing_a_draft_away_reads_none_of_its_items(make_job, draft_of, operator):
    batch = draft_of(*(make_job() for _ in range(3)))
    with CaptureQueriesContext(connection) as queries:
        assert cancel.discard(batch, by=operator)
    read = [query["sql"] for query in queries if "SELECT" in query["sql"]]
    assert not any("remote_id" in sql for sql in read)


def test_retrying_drafts_a_child_of_the_failed_ones_with_the_same_reason(
    make_job, batch_of, world, operator
):
    good, bad = make_job(), make_job()
    world.cancel_delay = 0
    world.fault_next("cancel.refuse")
    batch = batch_of(good, bad)
    run(batch)
    batch.attempts.awaited().update(verify_at=timezone.now())
    cancel.verify()
    batch.refresh_from_db()
    refused = batch.attempts.get(state=AttemptState.REFUSED)
    child = cancel.retry(batch, by=operator)
    assert child.parent == batch
    assert child.attempts.get().job == refused.job
    assert (child.reason_category, child.reason) == ("stuck", "It hangs.")


@pytest.fixture
def refused(make_job, batch_of, world):
    """A cancellation that has ended, of one job that was refused."""
    world.fault_next("cancel.refuse")
    batch = batch_of(make_job())
    run(batch)
    batch.refresh_from_db()
    assert batch.counts()[AttemptState.REFUSED] == 1
    return batch


def test_whoever_retries_a_batch_again_gets_the_same_draft(refused, operator):
    child = cancel.retry(refused, by=operator)
    assert cancel.retry(refused, by=operator) == child
    assert list(refused.retries.all()) == [child]
    assert AuditEvent.objects.filter(kind="batch.drafted", batch_id=child.pk).count() == 1


def test_somebody_else_gets_a_draft_of_their_own(refused, operator, make_user):
    child = cancel.retry(refused, by=operator)
    grace = Actor(name="grace", channel="web", user=make_user("bulk operator", "grace"))
    own = cancel.retry(refused, by=grace)
    assert own != child
    assert own.requested_by == grace.user


def test_a_batch_whose_retry_goes_on_cannot_be_retried_until_that_has_ended(
    refused, operator, world
):
    child = cancel.retry(refused, by=operator)
    cancel.confirm(child, by=operator, category="stuck", reason="Again.")
    with pytest.raises(ValidationError, match=f"Cancellation {child.pk} retries these already"):
        cancel.retry(refused, by=operator)
    cancel.abort(child, by=operator)
    assert cancel.retry(refused, by=operator) != child


def test_a_batch_that_goes_on_cannot_be_retried(make_job, batch_of, operator):
    with pytest.raises(ValidationError, match="still going on"):
        cancel.retry(batch_of(make_job()), by=operator)
