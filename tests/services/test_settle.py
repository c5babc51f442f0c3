"""Ending attempts by the remote's word on their job."""

from hashlib import sha256

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelAttempt, CancelBatch
from mediajobs.remote import parse_report
from mediajobs.services import sync


@pytest.fixture
def attempt(make_job, operator):
    """An attempt that waits for the remote, in a running batch."""
    batch = CancelBatch.objects.create(
        state=BatchState.RUNNING,
        requested_by_name=operator.name,
        channel="web",
        address="203.0.113.9",
    )
    job = make_job()
    return CancelAttempt.objects.create(
        batch=batch,
        job=job,
        remote_id=job.remote_id,
        state=AttemptState.REQUESTED,
        send_count=1,
        remote_status=200,
    )


def hear(attempt, word):
    report = parse_report({"job_id": attempt.remote_id, "path": "/media/transcode", "status": word})
    sync.store([report], read_at=timezone.now())
    attempt.refresh_from_db()
    return attempt.state


@pytest.mark.parametrize(
    ("before", "remote_status", "send_count", "word", "after"),
    [
        (AttemptState.REQUESTED, 200, 1, "Cancelled", AttemptState.CANCELLED),
        (AttemptState.REQUESTED, 200, 1, "Success", AttemptState.FINISHED_FIRST),
        (AttemptState.REQUESTED, 200, 1, "Failed", AttemptState.FINISHED_FIRST),
        (AttemptState.REQUESTED, 200, 1, "InternalError", AttemptState.FINISHED_FIRST),
        (AttemptState.REQUESTED, 200, 1, "Running", AttemptState.REQUESTED),
        (AttemptState.REQUESTED, 200, 1, "Cancelling", AttemptState.REQUESTED),
        (AttemptState.UNCONFIRMED, 200, 1, "Cancelled", AttemptState.CANCELLED),
        (AttemptState.UNCLEAR, None, 1, "Cancelled", AttemptState.CANCELLED),
        (AttemptState.UNCLEAR, None, 1, "Success", AttemptState.FINISHED_FIRST),
        (AttemptState.UNCLEAR, 409, 1, "Success", AttemptState.ALREADY_FINAL),
        (AttemptState.UNCLEAR, 409, 1, "Cancelled", AttemptState.ALREADY_FINAL),
        (AttemptState.UNCLEAR, 409, 2, "Cancelled", AttemptState.CANCELLED),
        (AttemptState.CANCELLED, 200, 1, "Success", AttemptState.CANCELLED),
        (AttemptState.QUEUED, None, 0, "Cancelled", AttemptState.QUEUED),
    ],
)
def test_what_the_remotes_word_makes_of_an_attempt(
    attempt, before, remote_status, send_count, word, after
):
    attempt.state, attempt.remote_status, attempt.send_count = before, remote_status, send_count
    attempt.save()
    assert hear(attempt, word) == after
    ended = AuditEvent.objects.filter(kind="cancel.ended", outcome=after).count()
    assert ended == (before != after)


def test_the_batch_ends_with_its_last_attempt(attempt):
    hear(attempt, "Cancelled")
    attempt.batch.refresh_from_db()
    assert attempt.batch.state == BatchState.FINISHED


def test_the_batch_goes_on_while_another_attempt_is_open(attempt, make_job):
    other = make_job()
    attempt.batch.attempts.create(job=other, remote_id=other.remote_id)
    hear(attempt, "Cancelled")
    attempt.batch.refresh_from_db()
    assert attempt.batch.state == BatchState.RUNNING


def test_an_attempt_is_ended_once(attempt):
    hear(attempt, "Cancelled")
    hear(attempt, "Cancelled")
    assert AuditEvent.objects.filter(kind="cancel.ended").count() == 1


def test_the_end_of_a_batch_names_who_confirmed_it_and_from_where(attempt, operator):
    hear(attempt, "Cancelled")
    finished = AuditEvent.objects.get(kind="batch.finished")
    found = (finished.actor, finished.channel, finished.address)
    assert found == (operator.name, "web", "203.0.113.9")


def test_the_end_of_a_batch_tells_the_counts_and_a_hash_of_all_outcomes(attempt, make_job):
    other = make_job(status="Success")
    attempt.batch.attempts.create(
        job=other, remote_id=other.remote_id, state=AttemptState.FINISHED_FIRST
    )
    hear(attempt, "Cancelled")
    lines = f"{attempt.remote_id} cancelled\n{other.remote_id} finished_first\n"
    assert AuditEvent.objects.get(kind="batch.finished").detail == (
        "1 cancelled, 1 finished first. "
        f"All outcomes, SHA-256: {sha256(lines.encode()).hexdigest()}"
    )
