"""The trail is compared with the tables, from both ends: no row says what is left out."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, CancelAttempt, CancelBatch, Job
from mediajobs.services import audit, cancel, jobs
from mediajobs.services.audit import Actor
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.judge import call_unconfirmed
from tests.trail import forge, found, prune_long_ago


@pytest.fixture
def batch(make_job, operator, world):
    """A cancellation of three jobs that was carried out."""
    world.cancel_delay = 0
    for _ in range(3):
        make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    cancel.run(batch, seconds=5, worker="a test")
    CancelAttempt.objects.update(verify_at=timezone.now())
    cancel.verify()
    batch.refresh_from_db()
    assert batch.counts()["cancelled"] == 3
    audit.checkpoint("a test")
    return batch


def test_what_was_done_stands_in_the_trail(batch):
    assert found() == []


def test_what_was_done_before_old_events_were_removed_needs_no_record(batch, settings, tmp_path):
    settings.AUDIT_KEEP_DAYS = 0
    (tmp_path / "export").write_text("".join(audit.export()))
    by = Actor.from_shell("root")
    assert sum(audit.prune(before=timezone.now(), export=str(tmp_path / "export"), by=by))
    assert found() == []


def test_a_user_who_is_renamed_or_deleted_leaves_the_trail_whole(batch, operator):
    operator.user.username = "somebody-else"
    operator.user.save()
    assert found() == []
    operator.user.delete()
    assert found() == []
    assert AuditEvent.objects.filter(actor=operator.name).exists()


def test_a_request_that_the_trail_does_not_know_of_is_noticed(batch):
    attempt = batch.attempts.first()
    CancelAttempt.objects.filter(pk=attempt.pk).update(fence=7)
    assert found() == [
        f"Attempt {attempt.pk} (job {attempt.remote_id}) was sent, and the trail does not say so."
    ]


def test_an_outcome_that_the_trail_does_not_know_of_is_noticed(batch):
    attempt = batch.attempts.first()
    CancelAttempt.objects.filter(pk=attempt.pk).update(state=AttemptState.FINISHED_FIRST)
    (words,) = found()
    assert words == (
        f"Attempt {attempt.pk} (job {attempt.remote_id}) is finished_first, "
        "and the trail does not say so."
    )


@pytest.mark.parametrize("way", ["opened again", "deleted"])
def test_a_row_that_does_not_know_of_its_end_is_noticed(batch, way):
    attempt = batch.attempts.filter(pk=batch.attempts.first().pk)
    number = attempt.get().pk
    attempt.delete() if way == "deleted" else attempt.update(state=AttemptState.REQUESTED)
    (words,) = found()
    assert f"says that attempt {number} ended cancelled, and its row says otherwise" in words


def test_a_batch_that_nobody_confirmed_on_record_is_noticed(batch):
    CancelBatch.objects.create(
        state="running", confirmed_at=timezone.now(), requested_by_name="x", channel="web"
    )
    (words,) = found()
    assert words.endswith("is confirmed, and the trail does not say by whom.")


@pytest.fixture
def pruned(db, tmp_path):
    prune_long_ago(tmp_path)


def test_a_batch_that_names_another_person_is_noticed(batch):
    CancelBatch.objects.filter(pk=batch.pk).update(requested_by_name="eve")
    assert found() == [f"{batch} names another person than the trail."]


def test_a_batch_cannot_say_that_it_is_too_old_to_be_compared(pruned, batch):
    facts = {"requested_by_name": "eve", "confirmed_at": datetime(2001, 1, 1, tzinfo=UTC)}
    CancelBatch.objects.filter(pk=batch.pk).update(**facts)
    assert found() == [f"{batch} names another person than the trail."]


@pytest.mark.parametrize("way", ["no longer confirmed", "deleted"])
def test_a_batch_that_does_not_know_that_it_was_confirmed_is_noticed(batch, way):
    if way == "deleted":
        CancelBatch.objects.filter(pk=batch.pk).delete()
    else:
        facts = {"requested_by_name": "eve", "confirmed_at": None}
        CancelBatch.objects.filter(pk=batch.pk).update(**facts)
    (words,) = found()
    assert f"says that cancellation {batch.pk} was confirmed, and its row says otherwise" in words


HIDDEN_SENDS = {
    "never sent": {"sent_at": None},
    "never claimed": {"send_count": 0, "fence": 0},
}


@pytest.mark.parametrize("changes", HIDDEN_SENDS.values(), ids=HIDDEN_SENDS)
def test_a_row_that_does_not_know_of_its_request_is_noticed(batch, changes):
    attempt = batch.attempts.first()
    CancelAttempt.objects.filter(pk=attempt.pk).update(**changes)
    (words,) = found()
    what = f"says that attempt {attempt.pk} set out to be sent, and its row says otherwise"
    assert what in words


def test_a_row_under_way_that_names_another_job_is_noticed(make_job, operator, world):
    make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    forge(AuditEvent.objects.get(kind="batch.confirmed"), detail="of before there were hashes")
    claim(batch, worker="a test")
    assert found() == []
    CancelAttempt.objects.update(remote_id="another")
    (words,) = found()
    assert "set out to be sent, and its row says otherwise or is gone" in words


def test_a_count_of_none_does_not_hide_a_request_that_the_trail_does_not_know_of(batch):
    attempt = batch.attempts.first()
    CancelAttempt.objects.filter(pk=attempt.pk).update(fence=7, send_count=0)
    (words,) = found()
    assert words.endswith("was sent, and the trail does not say so.")


@pytest.fixture
def released(make_job, operator):
    """An item of a cancellation that waits to be sent."""
    make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    assert found() == []
    return CancelAttempt.objects.get()


KEPT_FROM_BEING_SENT = {
    "as if it had been accepted": {"state": AttemptState.REQUESTED},
    "as if it had been counted": {"send_count": 1},
    "as if it had been under way": {"sent_at": datetime(2026, 1, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("changes", KEPT_FROM_BEING_SENT.values(), ids=KEPT_FROM_BEING_SENT)
def test_an_item_that_was_kept_from_being_sent_is_noticed(released, changes):
    CancelAttempt.objects.update(**changes)
    (words,) = found()
    assert words.endswith("looks as if it was sent, and the trail does not say so.")


def test_an_item_that_is_unconfirmed_without_a_record_is_noticed(released, world):
    world.cancel_delay = 3600
    cancel.run(released.batch, seconds=5, worker="a test")
    assert found() == []
    CancelAttempt.objects.update(state=AttemptState.UNCONFIRMED)
    (words,) = found()
    assert words.endswith("is unconfirmed, and the trail does not say so.")


def test_an_item_that_points_at_another_job_is_noticed(released, make_job):
    CancelAttempt.objects.update(job=make_job())
    assert found() == [f"Attempt {released.pk} (job {released.remote_id}) points at another job."]


def test_an_item_that_has_lost_its_job_without_a_record_is_noticed(released):
    CancelAttempt.objects.update(job=None)
    cancel.run(released.batch, seconds=5, worker="a test")
    (words,) = found()
    assert words.endswith("has lost its job, and nobody deleted it on record.")


@pytest.mark.parametrize("state", ["requested", "unconfirmed"])
def test_an_item_whose_end_is_awaited_and_that_lost_its_job_is_noticed(released, world, state):
    world.cancel_delay = 3600
    cancel.run(released.batch, seconds=5, worker="a test")
    if state == "unconfirmed":
        item = CancelAttempt.objects.select_related("batch").get()
        call_unconfirmed(item, timezone.now(), "Accepted, and the job goes on.")
    assert found() == []
    CancelAttempt.objects.update(job=None)
    (words,) = found()
    assert words.endswith("has lost its job, and nobody deleted it on record.")


def test_a_job_that_was_deleted_before_it_was_drafted_again_excuses_no_loss(make_job, operator):
    again = make_job()
    jobs.delete(Job.objects.get(), by=operator)
    again.save(force_insert=True)
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    CancelAttempt.objects.update(job=None)
    (words,) = found()
    assert words.endswith("has lost its job, and nobody deleted it on record.")


def test_an_item_whose_job_somebody_deleted_from_the_panel_needs_no_more_record(
    released, make_job, operator
):
    draft = cancel.draft(Job.objects.filter(pk=make_job().pk), by=operator, selection="all")
    jobs.delete(draft.attempts.get().job, by=operator)
    cancel.confirm(draft, by=operator, category="stuck", reason="It hangs.", inline=True)
    cancel.run(draft, seconds=5, worker="a test")
    assert draft.attempts.get().state == AttemptState.NOT_SENT
    assert found() == []
