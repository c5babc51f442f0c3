"""A worker that comes back late changes nothing but what it alone knows; its answer is kept."""

from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, Job
from mediajobs.remote import connect
from mediajobs.services import cancel, sync
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.send import send
from tests.services.cancel.steps import an_hour_later, only, run, write


def test_a_late_acceptance_tells_what_became_of_the_request_and_is_kept_as_evidence(
    make_job, batch_of, world
):
    world.cancel_delay = 3600
    batch = batch_of(make_job())
    [slow] = claim(batch, worker="slow")
    late = send(connect(), slow, still_wanted=lambda: True)
    an_hour_later(batch)
    cancel.rescue()
    assert only(batch).state == AttemptState.UNCLEAR
    write(batch, [late])
    assert only(batch).state == AttemptState.REQUESTED
    event = AuditEvent.objects.get(kind="cancel.answered_late")
    assert (event.remote_status, event.outcome) == (200, "requested")


def test_a_late_answer_that_is_no_acceptance_changes_nothing(make_job, batch_of, world):
    batch = batch_of(make_job())
    [slow] = claim(batch, worker="slow")
    world.fault_next("cancel.error")
    late = send(connect(), slow, still_wanted=lambda: True)
    an_hour_later(batch)
    cancel.rescue()
    before = only(batch)
    write(batch, [late])
    assert only(batch).answer == before.answer == ""
    assert AuditEvent.objects.get(kind="cancel.answered_late").remote_status == 500


def test_an_older_claim_cannot_write_over_a_newer_one(make_job, batch_of, world):
    batch = batch_of(make_job())
    [older] = claim(batch, worker="older")
    batch.attempts.update(state=AttemptState.QUEUED)
    [newer] = claim(batch, worker="newer")
    assert newer.fence == older.fence + 1
    assert not older.move(AttemptState.SENDING, to=AttemptState.FAILED)
    assert newer.move(AttemptState.SENDING, to=AttemptState.FAILED)


def test_nothing_is_sent_after_the_lease_ran_out(make_job, batch_of, world):
    batch = batch_of(make_job())
    [attempt] = claim(batch, worker="slow")
    attempt.lease_expires_at = timezone.now()
    outcome = send(connect(), attempt, still_wanted=lambda: True)
    assert world.cancels(attempt.remote_id) == 0
    write(batch, [outcome])
    assert only(batch).state == AttemptState.QUEUED
    assert AuditEvent.objects.filter(kind="cancel.withheld").count() == 1


def test_a_late_look_says_nothing_of_a_request_that_was_sent_after_it(make_job, batch_of, world):
    batch = batch_of(make_job())
    [slow] = claim(batch, worker="slow")
    world.fault_next("cancel.refuse", "cancel.lost")
    late = send(connect(), slow, still_wanted=lambda: True)
    an_hour_later(batch)
    cancel.rescue()
    an_hour_later(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.QUEUED
    run(batch)
    an_hour_later(batch)
    write(batch, [late])
    assert (only(batch).state, only(batch).fence) == (AttemptState.UNCLEAR, 2)


def test_a_late_look_does_not_lose_a_job_that_was_found_meanwhile(make_job, batch_of, world):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(path="/media/enhance")
    batch = batch_of(job)
    [slow] = claim(batch, worker="slow")
    world.fault_next("cancel.refuse")
    late = send(connect(), slow, still_wanted=lambda: True)
    list(sync.discover())
    write(batch, [late])
    job.refresh_from_db()
    assert (job.path, job.missing_at) == ("/media/transcode", None)
