"""The trail in the panel: read by those who may, changed by nobody."""

import re
from datetime import UTC

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.html import escape

from mediajobs.models import AuditEvent, AuditKind, Job
from mediajobs.services import cancel
from mediajobs.services.audit import Actor
from tests.admin.cancel_steps import text
from tests.models.test_audit import STRANGE_TEXTS
from tests.trail import write

LIST = "/mediajobs/auditevent/"


def page_of(event):
    return f"{LIST}{event.pk}/change/"


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


def test_the_list_costs_the_same_for_few_and_for_many(
    auditor, operator, make_job, django_assert_num_queries
):
    auditor.get(LIST)
    for _ in range(5):
        cancel.cancel_now(make_job(), by=operator, category="stuck", reason="slow")
    with django_assert_num_queries(9):
        auditor.get(LIST)


def test_the_page_of_an_event_is_cheap(auditor, record, django_assert_num_queries):
    event = record(job_id="job-00001", batch_id=3)
    auditor.get(LIST)
    with django_assert_num_queries(5):
        auditor.get(page_of(event))


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
    assert {entry.event.job_id for entry in page.context["neighbours"].entries} == {job.remote_id}


def test_of_a_request_with_very_many_events_the_newest_are_shown_and_that_is_said(auditor, record):
    events = [record(attempt_id=1, fence=1) for _ in range(101)]
    answer = auditor.get(page_of(events[-1]))
    shown = [entry.event.pk for entry in answer.context["neighbours"].entries]
    assert shown == [event.pk for event in events[1:]]
    assert "These are the newest 100" in text(answer)


def test_an_event_of_no_request_has_no_neighbours(auditor, record):
    record(attempt_id=1, fence=1)
    event = record(batch_id=3)
    assert "from first to last" not in text(auditor.get(page_of(event)))


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
    assert len(answer.context["cl"].result_list) == count
    assert operator.name in text(answer)


def test_the_time_is_told_in_utc_whatever_the_clock_on_the_wall(auditor, record):
    with timezone.override("Asia/Tokyo"):
        event = record()
    assert f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" in text(auditor.get(LIST))
