"""The list of the trail: what filters and search keep, how far they look, what is said of it."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from mediajobs.admin.trail_list import NewestFirst
from mediajobs.models import AuditEvent
from mediajobs.services import audit, cancel
from mediajobs.services.audit import ENGINE
from tests.admin.cancel_steps import text

LIST = "/mediajobs/auditevent/"


def shown(answer):
    return {event.pk for event in answer.context["cl"].result_list}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", "abc"),
        ("actor=ada", "a"),
        ("actor=ad", ""),
        ("kind=cancel.sent", "b"),
        ("outcome=refused", "a"),
        ("channel=command", "b"),
        ("since=2026-01-31T12:00", "bc"),
        ("until=2026-01-31T12:00", "a"),
        ("since=2026-02-01&until=2026-02-02", "b"),
        ("cancellation=7", "bc"),
        ("job=job-00001", "a"),
        ("job=job-0000", ""),
        ("job=job-00002&actor=bo&since=2026-02-01", "b"),
        ("cancellation=7&kind=cancel.sent", "b"),
        ("actor=ada&outcome=refused&q=job-0000&search_in=job", "a"),
        ("actor=ada&kind=cancel.sent", ""),
        ("q=job-00001&search_in=job", "a"),
        ("q=job-000&search_in=job", "ab"),
        ("q=Too+Slow", "c"),
        ("q=too+slow&kind=batch.confirmed&cancellation=7", "c"),
        ("q=too+slow&actor=ada", ""),
        ("q=job-0&search_in=job&channel=command", "b"),
        ("q=job-000", ""),
        ("q=deadbeef", ""),
        ("q=nothing+of+it", ""),
        ("actor=&kind=&outcome=&channel=&job=&since=&until=&cancellation=", "abc"),
    ],
)
def test_the_filters_and_the_search_keep_what_they_say(auditor, query, kept):
    day = datetime(2026, 1, 31, 11, 59, tzinfo=UTC)
    rows = {
        "a": {"actor": "ada", "channel": "web", "outcome": "refused", "job_id": "job-00001"}
        | {"kind": "cancel.answered", "at": day},
        "b": {"actor": "bo", "channel": "command", "job_id": "job-00002"}
        | {"batch_id": 7, "attempt_id": 1}
        | {"kind": "cancel.sent", "at": day + timedelta(days=1)},
        "c": {"actor": "cy", "channel": "web", "reason": "Stuck: too slow", "batch_id": 7}
        | {"kind": "batch.confirmed", "at": day + timedelta(days=9)},
    }
    events = AuditEvent.objects.append([AuditEvent(**facts) for facts in rows.values()])
    keys = dict(zip(rows, (event.pk for event in events), strict=True))
    assert shown(auditor.get(f"{LIST}?{query}")) == {keys[name] for name in kept}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "Write a time as 2026-01-31"),
        ("since=9999-12-31T23:59:59-14:00", "Write a time as 2026-01-31"),
        ("until=0001-01-01T00:00:00%2B14:00", "Write a time as 2026-01-31"),
        ("kind=nonsense", "nonsense is not one of the available choices"),
        ("q=x&search_in=y", "y is not one of the available choices"),
        ("q=%00", "Null characters are not allowed"),
        ("q=slow%00", "Null characters are not allowed"),
        ("cancellation=x", "Enter a whole number"),
        ("since=2026-02-01&until=2026-01-01", "nothing lies between them"),
    ],
)
def test_a_filter_that_cannot_be_understood_says_so_and_keeps_nothing(
    auditor, record, query, sentence
):
    record()
    answer = auditor.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert "the filter or the search cannot be understood" in text(answer)
    assert shown(answer) == set()


@pytest.mark.parametrize(
    ("query", "words", "led_to"),
    [
        (
            "q=deadbeef&actor=engine",
            "Job id begins with: “deadbeef”. Search the reasons instead.",
            "?actor=engine&amp;q=deadbeef&amp;search_in=reason",
        ),
        (
            "q=deadbeef&search_in=reason",
            "Reason holds: “deadbeef”. Search the job ids instead.",
            "?q=deadbeef&amp;search_in=job",
        ),
        (
            "q=slow&p=1",
            "Reason holds: “slow”. Search the job ids instead.",
            "?q=slow&amp;search_in=job",
        ),
    ],
)
def test_where_a_text_was_searched_for_is_said_and_the_other_is_led_to(
    auditor, record, query, words, led_to
):
    record(job_id="deadbeef-1", reason="Slow, like deadbeef-2")
    answer = auditor.get(f"{LIST}?{query}")
    assert words in text(answer)
    assert f'href="{led_to}"' in answer.content.decode()
    assert len(shown(answer)) == 1
    assert len(shown(auditor.get(LIST + unescape(led_to)))) == ("slow" not in query)
    assert "instead" not in text(auditor.get(LIST))


def test_the_filter_keeps_the_search_and_the_search_the_filter(auditor, record):
    record(job_id="job-00001")
    page = auditor.get(f"{LIST}?q=job-00001&actor=engine").content.decode()
    assert '<input type="hidden" name="q" value="job-00001">' in page
    assert '<input type="hidden" name="actor" value="engine">' in page


def test_a_search_within_filters_costs_the_same_for_few_and_for_many(
    auditor, operator, make_job, django_assert_num_queries
):
    for count in (1, 5):
        for _ in range(count):
            cancel.cancel_now(make_job(), by=operator, category="stuck", reason="slow")
        auditor.get(LIST)
        with django_assert_num_queries(13):
            auditor.get(f"{LIST}?q=slow&kind=batch.confirmed&actor={operator.name}")


def test_the_way_to_earlier_ones_reaches_each_event_once(auditor):
    at = datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)
    ages = [timedelta()] * 600 + [timedelta(hours=1)]
    made = [audit.event("job.recorded", ENGINE, job_id="job-1", at=at - age) for age in ages]
    AuditEvent.objects.append(made)
    first = auditor.get(f"{LIST}?kind=job.recorded&channel=engine").context["cl"]
    assert first.result_count == 600
    then = auditor.get(LIST + first.earlier_query).context["cl"]
    assert [event.pk for event in then.result_list] == [made[-1].pk]
    assert then.looked_back_to is None


def test_a_long_trail_is_counted_no_further_than_one_pages_through(record):
    for _ in range(3):
        record()
    paginator = NewestFirst(AuditEvent.objects.all(), 2)
    assert (paginator.count, paginator.is_capped) == (3, False)
    paginator = NewestFirst(AuditEvent.objects.all(), 2)
    paginator.MOST = 2
    assert (paginator.count, paginator.is_capped) == (2, True)


def test_an_empty_trail_says_what_will_be_here(auditor):
    html = auditor.get(LIST).content.decode()
    assert "Nothing is on record yet." in html
    assert "Nothing matches" not in html


def test_a_trail_where_nothing_matches_says_so(auditor, record):
    record()
    html = auditor.get(f"{LIST}?actor=nobody").content.decode()
    assert "Nothing matches" in html
    assert "Nothing is on record yet." not in html


@pytest.mark.parametrize("outcome", ["asked", "done", "unclear", "refused"])
def test_what_came_of_a_call_about_the_webhook_can_be_chosen(auditor, outcome):
    audit.record("webhook.registered", audit.ENGINE, outcome=outcome)
    audit.record("job.deleted", audit.ENGINE)
    event = AuditEvent.objects.get(kind="webhook.registered")
    assert shown(auditor.get(f"{LIST}?outcome={outcome}")) == {event.pk}
