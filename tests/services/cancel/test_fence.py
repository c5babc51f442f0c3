"""A worker that comes back late changes nothing; its answer is kept as evidence."""

from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent
from mediajobs.remote import connect
from mediajobs.services import cancel
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.outcome import write
from mediajobs.services.cancel.send import send
from tests.services.cancel.steps import an_hour_later, only


def test_a_late_answer_is_recorded_and_changes_nothing(make_job, batch_of, world):
    world.cancel_delay = 3600
    batch = batch_of(make_job())
    [slow] = claim(batch, worker="slow")
    late = send(connect(), slow, still_wanted=lambda: True)
    an_hour_later(batch)
    cancel.rescue()
    assert only(batch).state == AttemptState.UNCLEAR
    write(batch, [late])
    assert only(batch).state == AttemptState.UNCLEAR
    event = AuditEvent.objects.get(kind="cancel.answered_late")
    assert (event.remote_status, event.outcome) == (200, "requested")


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
