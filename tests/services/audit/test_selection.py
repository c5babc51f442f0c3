"""Choosing of the trail: by facts, time and text, and the newest of it without reading all."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from mediajobs.models import AuditEvent
from mediajobs.services.audit import SearchIn, Selection, newest
from mediajobs.services.audit.selection import ENOUGH, FIRST, NEWEST_FIRST
from tests.models.test_audit import make_event

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def minutes(count):
    return NOON + timedelta(minutes=count)


def reasons(found):
    return [event.reason for event in found.events.order_by("at")]


def newest_of_few(wanted):
    """Look through three events at once."""
    return newest(wanted, most=3)


def add(count, **facts):
    """Record events a minute apart; the reason of each is its number."""
    made = [make_event(**{"reason": str(n), "at": minutes(n)} | facts) for n in range(count)]
    return AuditEvent.objects.append(made)


def test_a_text_of_the_form_of_a_job_id_is_searched_for_as_its_beginning(db):
    ids = ["0f4c2b1e-7a35", "0f4c2b1e-9999", "aaaa0000-0f4c", "0F4C2B1E-77"]
    AuditEvent.objects.append([make_event(job_id=job_id) for job_id in ids])

    def found(text):
        return {event.job_id for event in newest(Selection.of(text)).events}

    assert found("0f4c2b1e") == set(ids[:2])
    assert found(" 0F4C2B1E-7 ") == {ids[0], ids[3]}
    assert found("0f4c2b1e-8") == set()
    assert found("0f4c2b1") == set()


@pytest.mark.parametrize(
    ("text", "search_in"),
    [
        ("deadbeef", "job"),
        ("0F4C2B1E-7A35", "job"),
        (" 2026-01-31 ", "job"),
        ("dead", "reason"),
        ("job-00001", "reason"),
        ("deadbeef encoder", "reason"),
        ("", "reason"),
    ],
)
def test_the_form_of_a_text_alone_decides_where_it_is_searched_for(text, search_in):
    assert SearchIn.suiting(text) == search_in


def test_a_job_whose_id_begins_so_hides_no_reason():
    AuditEvent.objects.append([make_event(job_id="dead0000"), make_event(reason="dead encoder")])
    assert reasons(newest(Selection.of("dead"))) == ["dead encoder"]


def test_it_can_be_said_where_a_text_is_searched_for():
    AuditEvent.objects.append([make_event(job_id="job-1"), make_event(reason="of deadbeef-1")])
    assert reasons(newest(Selection.of("deadbeef-1", "reason"))) == ["of deadbeef-1"]
    assert newest(Selection.of("job-", "job")).events.get().job_id == "job-1"


@pytest.mark.parametrize("text", ["stuck since", "STUCK", "ÄRGER", "100%", "=x"])
def test_another_text_is_a_part_of_a_reason_in_capitals_or_not(text):
    AuditEvent.objects.append(
        [make_event(reason="Queue Stuck since noon: 100% ärger =x"), make_event()]
    )
    assert newest(Selection.of(text)).events.count() == 1
    assert newest(Selection.of("1000")).events.count() == 0
    assert newest(Selection.of("_00%")).events.count() == 0


def test_of_a_frequent_fact_and_a_text_the_newest_are_looked_through():
    add(5)
    found = newest_of_few(Selection.of("1"))
    assert (reasons(found), found.looked_back_to) == ([], minutes(2))
    found = newest_of_few(Selection.of("4"))
    assert (reasons(found), found.looked_back_to) == (["4"], minutes(2))


def test_what_is_earlier_is_found_by_time():
    add(5)
    found = newest_of_few(Selection.of("1", until=minutes(2)))
    assert (reasons(found), found.looked_back_to) == (["1"], None)


def test_nothing_is_left_out_as_long_as_one_fact_is_rare():
    add(9, actor="ada", kind="cancel.sent")
    add(2, actor="ada", kind="batch.confirmed")
    found = newest_of_few(Selection({"actor": "ada", "kind": "batch.confirmed"}))
    assert (reasons(found), found.looked_back_to) == (["0", "1"], None)


def test_two_frequent_facts_say_how_far_back_they_were_looked_for():
    add(6, actor="ada", outcome="refused")
    add(6, actor="bo", outcome="refused")
    found = newest_of_few(Selection({"actor": "ada", "outcome": "refused"}))
    assert (reasons(found), found.looked_back_to) == (["3", "4", "5"], minutes(3))


@pytest.mark.parametrize("text", ["j", "job-"])
def test_a_beginning_that_very_many_jobs_have_is_looked_for_among_the_newest(text):
    events = add(5, job_id="job-1")
    found = newest_of_few(Selection.of(text, "job"))
    assert (list(found.events.order_by("at")), found.looked_back_to) == (events[2:], minutes(2))
    found = newest_of_few(Selection.of(text, "job", facts={"kind": "job.edited"}))
    assert (reasons(found), found.looked_back_to) == ([], None)


def test_nobody_looks_further_once_enough_are_found():
    add(ENOUGH + 2, actor="ada", outcome="refused")
    found = newest(Selection({"actor": "ada", "outcome": "refused"}))
    assert (found.events.count(), found.looked_back_to) == (ENOUGH, minutes(2))


@pytest.mark.parametrize("apart", [timedelta(), timedelta(milliseconds=1)])
@pytest.mark.parametrize("most", [100, 5000])
def test_a_second_with_more_than_enough_is_looked_through_to_its_beginning(apart, most):
    many = [{"at": NOON + n * apart, "actor": "ada"} for n in range(2 * ENOUGH)]
    facts = [{"at": NOON, "actor": "bo"}, {"at": minutes(-1), "actor": "ada"}]
    AuditEvent.objects.append([make_event(**each) for each in facts + many])
    wanted = {"facts": {"actor": "ada", "kind": make_event().kind}}
    found = newest(Selection(**wanted), most=most)
    assert (found.events.count(), found.looked_back_to) == (2 * ENOUGH, NOON)
    found = newest(Selection(**wanted, until=NOON), most=most)
    assert (found.events.count(), found.looked_back_to) == (1, None)


def test_what_lies_beyond_the_first_that_are_looked_at_is_found_too():
    add(FIRST + 2, actor="ada", outcome="refused")
    add(1, actor="ada", reason="needle")
    assert reasons(newest(Selection.of("needle", facts={"actor": "ada"}))) == ["needle"]
    found = newest(Selection({"actor": "ada", "outcome": "lost"}))
    assert (reasons(found), found.looked_back_to) == ([], None)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"facts": {"kind": "cancel.sent"}}, "audit_kind"),
        ({"facts": {"actor": "ada"}}, "audit_actor"),
        ({"facts": {"channel": "web"}}, "audit_channel"),
        ({"facts": {"outcome": "refused"}}, "audit_outcome"),
        ({"facts": {"batch_id": 7}}, "audit_of_batch"),
        ({"facts": {"job_id": "job-1"}}, "audit_job"),
        ({"since": NOON}, "audit_at"),
        ({"in_reason": "stuck"}, "audit_reason"),
    ],
)
def test_each_choice_is_answered_by_its_index(wanted, name):
    add(3)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # three rows are faster scanned
    rows = Selection(**wanted).events().order_by(*NEWEST_FIRST)
    assert name in rows.explain()
