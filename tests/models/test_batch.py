"""What a batch is, and which batches somebody must see to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, BatchState, CancelAttempt, CancelBatch, Job


@pytest.fixture
def make_batch(db):
    def make(state=BatchState.RUNNING, **facts):
        return CancelBatch.objects.create(
            state=state, requested_by_name="ann", channel="web", **facts
        )

    return make


@pytest.fixture
def make_attempts(make_job):
    def make(batch, *states):
        for state in states:
            job = make_job()
            batch.attempts.create(job=job, remote_id=job.remote_id, state=state)

    return make


def ago(**time):
    return timezone.now() - timedelta(**time)


def test_a_move_happens_once_and_only_from_the_states_named(make_batch):
    batch = make_batch()
    other = CancelBatch.objects.get()
    assert batch.move(BatchState.RUNNING, to=BatchState.PAUSED, pause_reason="x")
    assert not other.move(BatchState.RUNNING, to=BatchState.PAUSED)
    assert (batch.state, batch.pause_reason) == (BatchState.PAUSED, "x")
    assert other.state == BatchState.RUNNING


def test_a_batch_is_abandoned_when_work_is_due_and_nobody_wrote_to_it(make_batch, make_attempts):
    idle, busy, never = make_batch(worked_at=ago(minutes=1)), make_batch(), make_batch()
    CancelBatch.objects.filter(pk=busy.pk).update(worked_at=timezone.now())
    done, paused = make_batch(worked_at=ago(minutes=1)), make_batch(BatchState.PAUSED)
    for batch in (idle, busy, never, paused):
        make_attempts(batch, AttemptState.QUEUED)
    make_attempts(done, AttemptState.REQUESTED)
    assert set(CancelBatch.objects.abandoned(seconds=15)) == {idle, never}


def test_a_clock_that_was_set_back_leaves_no_batch_lying(make_batch, make_attempts):
    batch = make_batch(worked_at=ago(hours=-1))
    make_attempts(batch, AttemptState.QUEUED)
    assert list(CancelBatch.objects.abandoned(seconds=15)) == [batch]


def test_only_what_the_engine_paused_is_due_to_resume(make_batch):
    due = make_batch(BatchState.PAUSED, resumes_at=ago(seconds=1))
    make_batch(BatchState.PAUSED, resumes_at=timezone.now() + timedelta(minutes=1))
    make_batch(BatchState.PAUSED)
    assert list(CancelBatch.objects.due_to_resume()) == [due]


def test_a_draft_is_forgotten_after_its_age(make_batch):
    old = make_batch(BatchState.DRAFT, created_at=ago(days=2))
    make_batch(BatchState.DRAFT)
    make_batch(created_at=ago(days=2))
    assert list(CancelBatch.objects.forgotten(age=timedelta(days=1))) == [old]


def test_the_counts_name_every_state_and_add_up(make_batch, make_attempts):
    batch = make_batch()
    make_attempts(batch, AttemptState.CANCELLED, AttemptState.CANCELLED, AttemptState.REFUSED)
    counts = batch.counts()
    assert set(counts) == set(AttemptState.values)
    assert sum(counts.values()) == 3
    assert batch.outcome_words() == "2 cancelled, 1 refused"


@pytest.mark.parametrize(("count", "words"), [(0, "0 jobs"), (1, "1 job"), (1000, "1,000 jobs")])
def test_a_batch_says_how_many_jobs_it_has(count, words):
    assert CancelBatch(frozen_count=count).size_words == words


def test_thousands_of_one_outcome_are_written_with_commas(make_batch):
    batch = make_batch()
    Job.objects.bulk_create(Job(remote_id=f"job-{number:05d}") for number in range(1001))
    batch.attempts.bulk_create(
        CancelAttempt(batch=batch, job=job, remote_id=job.remote_id, state=AttemptState.CANCELLED)
        for job in Job.objects.all()
    )
    assert batch.outcome_words() == "1,001 cancelled"
