"""The trail in the panel: read by those who may, changed by nobody."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.html import escape

from mediajobs.admin.audit import NewestFirst
from mediajobs.models import AuditEvent, AuditKind, Job
from mediajobs.services import audit, cancel
from mediajobs.services.audit import ENGINE, Actor
from tests.admin.cancel_steps import text
from tests.models.test_audit import STRANGE_TEXTS
from tests.trail import write

LIST = "/mediajobs/auditevent/"


@pytest.fixture
def auditor(sign_in):
    return sign_in("auditor")


@pytest.fixture
def record(db):
    """Append an event of the engine with the given facts; returns it as stored."""

    def record(kind=AuditKind.CANCEL_ANSWERED, by=ENGINE, **facts):
        audit.record(kind, by, **facts)
        return AuditEvent.objects.first()

    return record


def page_of(event):
    return f"{LIST}{event.pk}/change/"


def shown(answer):
    return {event.pk for event in answer.context["cl"].result_list}


def test_the_list_tells_time_person_deed_job_outcome_and_answer(auditor, record, make_job):
    job = make_job()
    person = Actor(name="ada", channel="web")
    event = record(by=person, job_id=job.remote_id, outcome="refused", remote_status=409)
    answer = auditor.get(LIST)
    row = f"{event.at:%Y-%m-%d %H:%M:%S} ada The media API answered {job.short_id} Refused 409"
    assert row in text(answer)
    assert f'href="/mediajobs/job/{job.pk}/change/"' in answer.content.decode()


def test_what_is_not_here_any_more_is_named_without_a_link(auditor, record):
    record(job_id="0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44")
    record(batch_id=77)
    answer = auditor.get(LIST)
    assert "0f4c2b1e" in text(answer)
    assert "Cancellation 77" in text(answer)
    assert "/cancelbatch/77/" not in answer.content.decode()


def test_an_event_is_shown_with_all_its_facts(auditor, operator, make_job):
    job = make_job()
    cancel.cancel_now(job, by=operator, category="stuck", reason="Queue is stuck")
    event = AuditEvent.objects.get(kind=AuditKind.CANCEL_ANSWERED)
    answer = auditor.get(page_of(event))
    words = text(answer)
    for fact in (event.actor, event.job_id, event.digest, event.request_id, "HTTP 200"):
        assert fact in words
    assert f"{event.at:%Y-%m-%d %H:%M:%S.%f} UTC" in words
    assert f"<pre>{escape(event.answer)}</pre>" in answer.content.decode()
    assert f'href="/mediajobs/job/{job.pk}/change/"' in answer.content.decode()
    assert f'href="/mediajobs/cancelbatch/{event.batch_id}/change/"' in answer.content.decode()


def test_an_event_that_was_changed_behind_the_panel_is_called_so(auditor, record):
    event = record(reason="stuck")
    assert "was changed after it was written" not in text(auditor.get(page_of(event)))
    write(event, reason="nicer")
    assert "was changed after it was written" in text(auditor.get(page_of(event)))


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_hostile_text_is_text_on_list_and_page(auditor, record, text):
    event = record(reason=text, detail=text, answer=text, outcome="refused")
    for address in (LIST, page_of(event)):
        page = auditor.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<img src=x", page)
    assert f"<pre>{escape(text)}</pre>" in page


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


def test_the_list_costs_the_same_for_few_and_for_many(
    auditor, operator, make_job, django_assert_num_queries
):
    auditor.get(LIST)
    for _ in range(5):
        cancel.cancel_now(make_job(), by=operator, category="stuck", reason="slow")
    with django_assert_num_queries(8):
        auditor.get(LIST)


def test_the_page_of_an_event_is_cheap(auditor, record, django_assert_num_queries):
    event = record(job_id="job-00001", batch_id=3)
    auditor.get(LIST)
    with django_assert_num_queries(5):
        auditor.get(page_of(event))


def test_a_search_within_filters_costs_the_same_for_few_and_for_many(
    auditor, operator, make_job, django_assert_num_queries
):
    for count in (1, 5):
        for _ in range(count):
            cancel.cancel_now(make_job(), by=operator, category="stuck", reason="slow")
        auditor.get(LIST)
        with django_assert_num_queries(12):
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


def test_a_line_opens_the_event_and_the_way_back_keeps_the_filter(auditor, record):
    event = record()
    page = auditor.get(f"{LIST}?actor=engine").content.decode()
    address = f"{page_of(event)}?_changelist_filters=actor%3Dengine"
    assert f'href="{address}"' in page
    assert f'href="{LIST}?actor=engine"' in auditor.get(address).content.decode()


def test_an_event_of_a_request_shows_all_of_that_request_in_order(auditor, operator, make_job):
    job = make_job()
    cancel.cancel_now(job, by=operator, category="stuck", reason="slow")
    cancel.cancel_now(make_job(), by=operator, category="stuck", reason="slow")
    sent = AuditEvent.objects.get(kind=AuditKind.CANCEL_SENT, job_id=job.remote_id)
    answered = AuditEvent.objects.get(kind=AuditKind.CANCEL_ANSWERED, job_id=job.remote_id)
    page = auditor.get(page_of(sent))
    told = text(page).partition("The request for this job, from first to last")[2]
    places = [told.index(words) for words in ("Set out to send", "The media API answered")]
    assert places == sorted(places)
    html = page.content.decode()
    assert f'<a href="{page_of(answered)}">' in html
    assert f'<a href="{page_of(sent)}">' not in html
    assert f"<pre>{escape(answered.answer)}</pre>" in html
    assert {entry.event.job_id for entry in page.context["neighbours"]} == {job.remote_id}


def test_an_event_of_no_request_has_no_neighbours(auditor, record):
    record(attempt_id=1, fence=1)
    event = record(batch_id=3)
    assert "from first to last" not in text(auditor.get(page_of(event)))


def test_a_long_trail_is_counted_no_further_than_one_pages_through(record):
    for _ in range(3):
        record()
    paginator = NewestFirst(AuditEvent.objects.all(), 2)
    assert (paginator.count, paginator.is_capped) == (3, False)
    paginator = NewestFirst(AuditEvent.objects.all(), 2)
    paginator.MOST = 2
    assert (paginator.count, paginator.is_capped) == (2, True)


@pytest.fixture
def superuser(client, db):
    client.force_login(User.objects.create_superuser("root", password="pw"))
    return client


CHANGES = {
    "add": ("add/", {"kind": "cancel.sent", "actor": "eve", "channel": "web"}),
    "change": ("{pk}/change/", {"reason": "nicer", "_save": "Save"}),
    "save as new": ("{pk}/change/", {"reason": "nicer", "_saveasnew": "Save"}),
    "delete": ("{pk}/delete/", {"post": "yes"}),
}


@pytest.mark.parametrize(("address", "form"), CHANGES.values(), ids=CHANGES)
def test_nobody_can_write_the_trail_not_even_a_superuser(superuser, record, address, form):
    event = record(reason="stuck")
    before = list(AuditEvent.objects.values())
    assert superuser.post(LIST + address.format(pk=event.pk), form).status_code == 403
    newest, *others = AuditEvent.objects.values()
    assert (newest["kind"], others) == ("rights.refused", before)


@pytest.mark.parametrize("action", ["delete_selected", "anything"])
def test_the_list_of_the_trail_takes_no_action(superuser, record, action):
    event = record()
    form = {"action": action, "_selected_action": [event.pk], "post": "yes"}
    assert superuser.post(LIST, form).status_code == 403
    refused, kept = AuditEvent.objects.all()
    assert (refused.kind, kept) == ("rights.refused", event)
    assert 'name="_selected_action"' not in superuser.get(LIST).content.decode()


def test_the_pages_of_the_trail_offer_nothing_that_would_change_it(superuser, record):
    event = record()
    assert "addlink" not in superuser.get(LIST).content.decode()
    page = superuser.get(page_of(event)).content.decode()
    assert page.count("<form") == page.count('id="logout-form"') == 1
    assert "History" not in page


def test_the_history_of_django_leads_to_the_event_itself(auditor, record):
    event = record()
    answer = auditor.get(f"{LIST}{event.pk}/history/")
    assert answer.headers["Location"] == page_of(event)


def test_events_outlive_the_job_and_the_person(auditor, operator, make_job):
    job = make_job()
    cancel.cancel_now(job, by=operator, category="stuck", reason="slow")
    count = AuditEvent.objects.count()
    operator.user.delete()
    Job.objects.all().delete()
    answer = auditor.get(LIST)
    assert len(shown(answer)) == count
    assert operator.name in text(answer)


def test_the_time_is_told_in_utc_whatever_the_clock_on_the_wall(auditor, record):
    with timezone.override("Asia/Tokyo"):
        event = record()
    assert f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" in text(auditor.get(LIST))


def test_an_empty_trail_says_what_will_be_here(auditor):
    html = auditor.get(LIST).content.decode()
    assert "Nothing is on record yet." in html
    assert "Nothing matches" not in html


def test_a_trail_where_nothing_matches_says_so(auditor, record):
    record()
    html = auditor.get(f"{LIST}?actor=nobody").content.decode()
    assert "Nothing matches" in html
    assert "Nothing is on record yet." not in html
