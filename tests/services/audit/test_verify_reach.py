"""No row says by its times that it is too old to be compared; what was removed accuses nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import (
    AttemptState,
    AuditCheckpoint,
    AuditEvent,
    CancelAttempt,
    CancelBatch,
    Job,
    statements,
)
from mediajobs.services import audit, cancel, jobs
from mediajobs.services.audit import Actor
from tests.trail import LONG_AGO, forge, give_id, meddle, prune_long_ago

#: The first moment that Python knows, and one before what was removed.
OLD = [datetime(1, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC)]
pytestmark = pytest.mark.usefixtures("trail")


PRUNED = "old events were removed"


@pytest.fixture(params=["nothing was removed", PRUNED])
def trail(request, db, tmp_path):
    if request.param == PRUNED:
        prune_long_ago(tmp_path)


@pytest.fixture
def draft(make_job, operator):
    make_job()
    return cancel.draft(Job.objects.all(), by=operator, selection="all")


def confirm(batch, *, by):
    cancel.confirm(batch, by=by, category="stuck", reason="It hangs.", inline=True)


def tampered():
    audit.seal()
    return [problem.words for problem in audit.verify().problems]


@pytest.mark.parametrize("at", [*OLD, None])
def test_a_draft_that_is_released_behind_the_trail_is_noticed(draft, at):
    CancelBatch.objects.filter(pk=draft.pk).update(state="running", confirmed_at=at)
    assert tampered() == [f"{draft} is confirmed, and the trail does not say by whom."]


def test_a_confirmation_of_what_nobody_drafted_is_noticed(draft, operator):
    confirm(draft, by=operator)
    meddle(f"DELETE FROM {guard.EVENTS} WHERE kind = 'batch.drafted'")
    audit.record("batch.drafted", operator, batch=CancelBatch(pk=draft.pk - 1))
    words = f"{draft} is confirmed, and the trail does not say who drafted it."
    assert words in tampered()


@pytest.mark.parametrize("at", OLD)
def test_an_end_that_is_dated_back_is_noticed(draft, operator, at):
    confirm(draft, by=operator)
    facts = {"state": "finished", "confirmed_at": at, "ended_at": at}
    CancelBatch.objects.filter(pk=draft.pk).update(**facts)
    assert tampered() == [f"{draft} finished, and the trail does not say so."]


@pytest.mark.parametrize("at", OLD)
def test_a_request_that_is_dated_back_is_noticed(draft, operator, at):
    confirm(draft, by=operator)
    CancelAttempt.objects.update(fence=1, send_count=1, sent_at=at)
    (words,) = tampered()
    assert words.endswith("was sent, and the trail does not say so.")


@pytest.mark.parametrize("at", OLD)
def test_an_outcome_that_is_dated_back_is_noticed(draft, operator, at):
    confirm(draft, by=operator)
    CancelAttempt.objects.update(state=AttemptState.CANCELLED, ended_at=at)
    (words,) = tampered()
    assert words.endswith("is cancelled, and the trail does not say so.")


def test_a_draft_that_nobody_confirmed_or_that_was_discarded_is_no_fault(draft, operator):
    assert tampered() == []
    cancel.discard(draft, by=operator)
    assert tampered() == []


def test_an_aborted_cancellation_and_a_deleted_job_are_no_fault(draft, operator):
    confirm(draft, by=operator)
    cancel.abort(draft, by=operator)
    for job in Job.objects.all():
        jobs.delete(job, by=operator)
    assert tampered() == []


def test_an_abort_that_the_trail_does_not_know_of_is_noticed(draft, operator):
    confirm(draft, by=operator)
    CancelBatch.objects.update(state="aborted")
    assert tampered() == [f"{draft} is aborted, and the trail does not say by whom."]


def test_a_row_that_does_not_know_of_its_abort_is_noticed(draft, operator):
    confirm(draft, by=operator)
    cancel.abort(draft, by=operator)
    CancelBatch.objects.update(state="running")
    event = AuditEvent.objects.get(kind="batch.aborted")
    what = f"Event {event.pk} says that cancellation {event.batch_id} was aborted"
    assert tampered() == [f"{what}, and its row says otherwise or is gone."]


@pytest.mark.parametrize("trail", [PRUNED], indirect=True)
def test_what_is_as_old_as_what_was_removed_needs_no_record(trail, draft):
    at = timezone.now() - LONG_AGO
    facts = {"requested_by_name": "x", "channel": "web", "confirmed_at": at, "ended_at": at}
    older = CancelBatch.objects.create(pk=draft.pk - 1, state="finished", **facts)
    ended = {"state": AttemptState.CANCELLED, "fence": 1, "sent_at": at, "ended_at": at}
    CancelAttempt.objects.create(batch=older, remote_id="x", **ended)
    assert tampered() == []


def test_a_checkpoint_below_the_first_at_the_end_of_all_times_hides_nothing(draft):
    CancelBatch.objects.update(state="running", confirmed_at=timezone.now())
    seq = audit.checkpoint("a test").pruned_seq
    end = datetime.max.replace(tzinfo=UTC)
    statements.insert([AuditCheckpoint(number=-1, seq=seq, event_count=seq, at=end)])
    assert tampered() == [
        "Checkpoint -1 was slipped in: the first one has the number 1.",
        f"{draft} is confirmed, and the trail does not say by whom.",
    ]


def say_that_bob_drafted(batch, operator):
    """Put another name into a confirmed cancellation, with an event that says so; give that."""
    confirm(batch, by=operator)
    CancelBatch.objects.filter(pk=batch.pk).update(requested_by_name="bob")
    audit.record("batch.drafted", Actor(name="bob", channel="web"), batch=batch)
    return AuditEvent.objects.first()


def test_a_draft_that_is_recorded_after_the_confirmation_names_nobody(draft, operator):
    say_that_bob_drafted(draft, operator)
    assert tampered() == [f"{draft} names another person than the trail."]


def test_a_draft_that_is_recorded_later_names_nobody_whatever_its_key(draft, operator):
    event = say_that_bob_drafted(draft, operator)
    give_id(event, -1)
    assert tampered() == [f"{draft} names another person than the trail."]


def test_a_draft_that_is_recorded_later_names_nobody_whatever_its_time(draft, operator):
    event = say_that_bob_drafted(draft, operator)
    forge(event, at=timezone.now() - timedelta(minutes=5))
    assert tampered() == [f"{draft} names another person than the trail."]
