"""The items of a finished cancellation are compared with what the trail has of its end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, CancelAttempt, CancelBatch, Job
from mediajobs.services import audit, cancel
from mediajobs.services.audit import Verdict
from tests.services.cancel.steps import an_hour_later, run
from tests.trail import LONG_AGO, forge, give_id, prune_long_ago

OTHER = "{} has other outcomes than the trail has of its end."
OTHER_JOBS = "{} has other jobs than were confirmed."


@pytest.fixture
def batch(make_job, operator, world):
    """A cancellation that finished with one job cancelled and one unconfirmed."""
    jobs = [make_job(), make_job()]
    world.cancel_delay = 0
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    world.fault_next("cancel.never")
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert sorted(batch.attempts.values_list("state", flat=True)) == ["cancelled", "unconfirmed"]
    assert batch.attempts.filter(job__in=jobs).count() == 2
    return batch


@pytest.fixture
def pruned(db, tmp_path):
    prune_long_ago(tmp_path)


def unconfirmed(batch):
    return batch.attempts.get(state=AttemptState.UNCONFIRMED)


def add_to(batch):
    CancelAttempt.objects.create(batch=batch, remote_id="job-9", state=AttemptState.UNCONFIRMED)


def open_again(batch):
    """Write over what came of an item that was unconfirmed."""
    batch.attempts.filter(remote_id=unconfirmed(batch).remote_id).update(state="requested")


def settle(batch, world):
    """Let the remote say of the unconfirmed one that it was cancelled after all."""
    world.job(unconfirmed(batch).remote_id).settle("Cancelled", 0)
    an_hour_later(batch)
    cancel.verify()
    assert batch.counts()["cancelled"] == 2


def date_the_end_back():
    """Let the cancellation have finished long before what came of it since."""
    event = AuditEvent.objects.get(kind="batch.finished")
    forge(event, at=timezone.now() - timedelta(minutes=20))


def tampered():
    audit.seal()
    problems = audit.verify().problems
    return [each.words for each in problems if each.verdict == Verdict.TAMPERED]


def test_a_cancellation_that_finished_as_the_trail_says_is_sound(batch):
    assert tampered() == []


def test_what_was_unconfirmed_and_is_settled_long_after_is_sound(batch, world):
    date_the_end_back()
    settle(batch, world)
    assert tampered() == []
    add_to(batch)
    assert tampered() == [OTHER_JOBS.format(batch)]


def test_where_it_was_settled_as_it_finished_nothing_is_claimed_of_outcomes(batch, world):
    settle(batch, world)
    assert tampered() == []


def test_an_outcome_that_was_changed_behind_the_trail_is_noticed(batch):
    open_again(batch)
    assert tampered() == [OTHER.format(batch)]


def test_an_item_that_waits_in_a_finished_cancellation_is_noticed_without_a_hash_too(batch):
    forge(AuditEvent.objects.get(kind="batch.finished"), detail="of before there were hashes")
    item = unconfirmed(batch)
    open_again(batch)
    (words,) = tampered()
    assert words == (
        f"Attempt {item.pk} (job {item.remote_id}) is requested, and its cancellation has finished."
    )


@pytest.mark.parametrize("way", ["added", "renamed", "deleted"])
def test_items_that_were_changed_behind_the_trail_are_noticed(batch, way):
    item = CancelAttempt.objects.filter(pk=unconfirmed(batch).pk)
    if way == "added":
        add_to(batch)
    elif way == "renamed":
        item.update(remote_id="another")
    else:
        item.delete()
    assert tampered() == [OTHER_JOBS.format(batch)]


def test_a_job_that_is_slipped_into_a_cancellation_under_way_is_noticed(make_job, operator):
    make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    assert tampered() == []
    CancelAttempt.objects.create(batch=batch, remote_id="job-9", job=make_job())
    assert tampered() == [OTHER_JOBS.format(batch)]


def test_a_confirmation_of_before_there_were_hashes_is_not_compared(batch):
    event = AuditEvent.objects.get(kind="batch.confirmed")
    forge(event, detail="2 jobs: all")
    assert tampered() == []


def test_an_end_that_the_trail_does_not_know_of_is_noticed(batch):
    facts = {"state": "finished", "confirmed_at": timezone.now(), "channel": "web"}
    other = CancelBatch.objects.create(requested_by_name="operator", **facts)
    by = audit.Actor(name="operator", channel="web")
    for kind in ("batch.drafted", "batch.confirmed"):
        audit.record(kind, by, batch=other)
    assert tampered() == [f"Cancellation {other.pk} finished, and the trail does not say so."]


@pytest.mark.parametrize("changes", [{"state": "running"}, {"confirmed_at": None}])
def test_a_row_cannot_say_that_its_outcomes_are_not_to_be_compared(batch, changes):
    add_to(batch)
    CancelBatch.objects.filter(pk=batch.pk).update(**changes)
    (words,) = tampered()
    assert words.endswith("and its row says otherwise or is gone.")


def test_a_row_cannot_say_that_it_is_too_old_to_be_compared(pruned, batch):
    open_again(batch)
    CancelBatch.objects.filter(pk=batch.pk).update(confirmed_at=timezone.now() - LONG_AGO)
    assert tampered() == [OTHER.format(batch)]


def test_another_hash_that_is_recorded_afterwards_is_noticed(batch):
    open_again(batch)
    outcomes = batch.attempts.order_by("pk").values_list("remote_id", "state")
    detail = f"All outcomes, SHA-256: {audit.outcome_digest(outcomes)}"
    audit.record("batch.finished", audit.ENGINE, batch=batch, detail=detail)
    twice = f"The trail has 2 times batch.finished of cancellation {batch.pk}, which happens once."
    assert tampered() == [twice]


@pytest.mark.parametrize("kind", ["batch.drafted", "batch.confirmed", "batch.finished"])
@pytest.mark.parametrize("number", [-1, None], ids=["earlier", "later"])
def test_what_happens_once_and_is_on_record_twice_is_noticed(batch, kind, number):
    told = AuditEvent.objects.get(kind=kind)
    by = audit.Actor(name=told.actor, user_id=told.actor_id, channel="web")
    audit.record(kind, by, batch=batch, detail=told.detail)
    if number:
        give_id(AuditEvent.objects.first(), number)
    twice = f"The trail has 2 times {kind} of cancellation {batch.pk}, which happens once."
    assert tampered() == [twice]


def test_what_happens_once_is_not_told_again_by_an_event_of_one_of_the_items(batch):
    told = AuditEvent.objects.get(kind="batch.drafted")
    by = audit.Actor(name=told.actor, user_id=told.actor_id, channel="web")
    audit.record(told.kind, by, attempt=batch.attempts.first(), detail=told.detail)
    words = f"The trail has 2 times {told.kind} of cancellation {batch.pk}, which happens once."
    assert tampered() == [words]


def test_a_draft_of_other_jobs_than_were_confirmed_is_noticed(batch):
    told = AuditEvent.objects.get(kind="batch.drafted")
    forge(told, detail=f"2 jobs: all. All jobs, SHA-256: {'0' * 64}")
    assert tampered() == [f"{batch} was confirmed with other jobs than drafted."]


def test_another_job_in_the_place_of_one_that_ended_is_noticed(batch):
    item = batch.attempts.get(state=AttemptState.CANCELLED)
    CancelAttempt.objects.filter(pk=item.pk).update(remote_id="another")
    (words,) = tampered()
    assert f"Attempt {item.pk} (job another)" in words


def test_another_name_in_the_place_of_who_confirmed_is_noticed(batch):
    CancelBatch.objects.filter(pk=batch.pk).update(requested_by_name="eve")
    assert tampered() == [f"Cancellation {batch.pk} names another person than the trail."]


def test_whoever_got_another_name_between_draft_and_confirmation_is_not_accused(make_job, operator):
    make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    operator.user.username = "renamed"
    operator.user.save()
    by = replace(operator, name="renamed")
    cancel.confirm(batch, by=by, category="stuck", reason="It hangs.", inline=True)
    assert tampered() == []


def test_another_account_in_the_place_of_who_confirmed_is_noticed(batch, make_user):
    CancelBatch.objects.filter(pk=batch.pk).update(requested_by=make_user("viewer"))
    assert tampered() == [f"Cancellation {batch.pk} names another person than the trail."]


def test_whoever_confirms_what_another_account_drafted_is_noticed(make_job, operator, make_user):
    make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="all")
    bob = make_user("bulk operator", "bob")
    CancelBatch.objects.update(requested_by=bob)
    batch.refresh_from_db()
    by = audit.Actor(name="bob", user_id=str(bob.pk), channel="web", user=bob)
    cancel.confirm(batch, by=by, category="stuck", reason="It hangs.", inline=True)
    assert tampered() == [f"{batch} was confirmed by another account than drafted it."]
