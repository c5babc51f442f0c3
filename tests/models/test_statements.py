"""Many rows by one statement."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from mediajobs.models import (
    AttemptState,
    AuditCheckpoint,
    AuditLink,
    CancelAttempt,
    CancelBatch,
    Channel,
    Job,
    statements,
)

MOMENT = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def attempts(make_job):
    batch = CancelBatch.objects.create(requested_by_name="ada", channel=Channel.WEB)
    attempts = [CancelAttempt(batch=batch, job=make_job(), remote_id=name) for name in "abc"]
    for attempt in attempts:
        attempt.fence, attempt.state, attempt.worker = 0, AttemptState.SENDING, "w"
        attempt.send_count, attempt.answer, attempt.detail = 0, "", ""
    statements.insert(attempts)
    return attempts


def move(moves, state=AttemptState.SENDING):
    return CancelAttempt.objects.move_each(state, moves)


def stored(attempt):
    return CancelAttempt.objects.get(pk=attempt.pk)


def test_inserted_rows_get_their_own_keys_and_values(attempts):
    assert [stored(attempt).remote_id for attempt in attempts] == ["a", "b", "c"]


def test_more_rows_than_a_statement_takes_are_inserted_too(db):
    names = [f"user {place}" for place in range(2 * statements.ROWS + 1)]
    batches = [CancelBatch(requested_by_name=name, channel=Channel.WEB) for name in names]
    statements.insert(batches)
    rows = CancelBatch.objects.in_bulk([batch.pk for batch in batches])
    assert [rows[batch.pk].requested_by_name for batch in batches] == names


def test_each_row_gets_its_own_values_and_null_too(attempts):
    first, second, third = attempts
    nothing = {"state": AttemptState.QUEUED, "not_before": None, "remote_status": 429}
    one = {"state": AttemptState.REQUESTED, "requested_at": MOMENT, "answer": "100 % fine"}
    two = {"state": AttemptState.REQUESTED, "requested_at": None, "answer": "it's"}
    moved = move([(first, one), (second, two), (third, nothing)])
    assert moved == {first.pk, second.pk, third.pk}
    assert (stored(first).requested_at, stored(first).answer) == (MOMENT, "100 % fine")
    assert (stored(second).requested_at, stored(second).answer) == (None, "it's")
    assert (stored(third).state, stored(third).remote_status) == (AttemptState.QUEUED, 429)


def test_a_row_that_was_claimed_anew_stays_as_it_is(attempts):
    first, second, _ = attempts
    CancelAttempt.objects.filter(pk=first.pk).update(fence=1)
    said = {"state": AttemptState.REQUESTED, "detail": "late"}
    assert move([(first, said), (second, said)]) == {second.pk}
    assert (stored(first).state, stored(first).detail) == (AttemptState.SENDING, "")


def test_a_row_in_another_state_stays_as_it_is(attempts):
    first, second, _ = attempts
    CancelAttempt.objects.filter(pk=first.pk).update(state=AttemptState.UNCLEAR)
    said = {"state": AttemptState.REQUESTED, "detail": "late"}
    assert move([(first, said), (second, said)]) == {second.pk}
    assert (stored(first).state, stored(first).detail) == (AttemptState.UNCLEAR, "")


def test_of_rows_that_a_unique_column_forbids_nothing_is_inserted(make_job):
    known = make_job(label="mine").remote_id
    jobs = [Job(remote_id=each, path="/media/master", label="new") for each in ("new-id-1", known)]
    assert statements.insert_unless_known(jobs, by="remote_id") == {"new-id-1"}
    stored = dict(Job.objects.values_list("remote_id", "label"))
    assert stored == {known: "mine", "new-id-1": "new"}


def test_rows_can_be_changed_whatever_they_hold(make_job):
    first, second = make_job(), make_job(label="b")
    rows = [[first.pk, "c"], [second.pk, "d"]]
    assert statements.update_each(Job, ("id",), ("label",), rows) == {first.pk, second.pk}
    assert set(Job.objects.values_list("label", flat=True)) == {"c", "d"}


def test_rows_that_bring_their_keys_keep_them(db):
    made = AuditCheckpoint(number=7, seq=0, event_count=0, reason="a test")
    statements.insert([made])
    assert AuditCheckpoint.objects.get().number == made.number == 7


def test_plain_rows_are_stored_by_the_columns_that_are_named(db):
    rows = [(2, 5, "it's %s"), (1, 7, "ü")]
    statements.insert_plain(AuditLink, ("seq", "event_id", "chain"), rows)
    assert list(AuditLink.objects.values_list("seq", "event_id", "chain")) == sorted(rows)


def test_a_plain_row_whose_key_is_there_is_refused_as_any_other(db):
    statements.insert_plain(AuditLink, ("seq", "event_id", "chain"), [(1, 5, "a")])
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert_plain(AuditLink, ("seq", "event_id", "chain"), [(2, 5, "b")])
