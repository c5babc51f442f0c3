"""Notices on the pages: the wish for mail, what became of each, and sending again."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from mediajobs.models import CancelBatch, Notice, NoticeState
from mediajobs.services import cancel
from tests.admin.cancel_steps import REASON, actor, draft, release, said, text, url

SECRET_END = "secretsecretsecret"
TICK = {"mails_requester": "on"}


@pytest.fixture(autouse=True)
def notice_settings(settings):
    settings.NOTICE_URLS = [f"slack+https://hooks.slack.com/services/T0000/{SECRET_END}"]
    settings.MAIL_IS_CONFIGURED = True
    settings.DEFAULT_FROM_EMAIL = "panel@example.com"
    return settings


@pytest.fixture
def person(sign_in):
    client = sign_in("bulk operator")
    User.objects.update(email="alice@example.org")
    return client


def tick_of(response):
    """The control for the wish, as it stands on the page."""
    content = response.content.decode()
    at = content.index('name="mails_requester"')
    return content[content.rindex("<", 0, at) : content.index(">", at)]


def pages(job):
    """Both pages that ask for a reason."""
    return [reverse("admin:mediajobs_job_cancel", args=[job.pk]), url("change", draft(job))]


def test_both_pages_offer_a_mail_and_nobody_is_taken_to_want_it(person, make_job):
    for page in pages(make_job()):
        response = person.get(page)
        assert "E-mail me when it ends or stops" in text(response)
        assert "checked" not in tick_of(response)
        assert "disabled" not in tick_of(response)


def test_without_a_mail_server_the_control_is_off_and_says_why(person, make_job, settings):
    settings.MAIL_IS_CONFIGURED = False
    for page in pages(make_job()):
        response = person.get(page)
        assert "disabled" in tick_of(response)
        assert "Not possible: the panel has no mail server." in text(response)


def test_without_an_address_the_control_is_off_and_says_why(person, make_job):
    User.objects.update(email="")
    for page in pages(make_job()):
        response = person.get(page)
        assert "disabled" in tick_of(response)
        assert "Not possible: your account has no e-mail address." in text(response)


@pytest.mark.parametrize(("typed", "wish"), [({}, False), (TICK, True)])
def test_a_confirmed_draft_keeps_the_wish(person, make_job, typed, wish):
    batch = draft(make_job())
    person.post(url("confirm", batch), REASON | typed)
    batch.refresh_from_db()
    assert (batch.state, batch.mails_requester) == ("running", wish)


@pytest.mark.parametrize(("typed", "wish"), [({}, False), (TICK, True)])
def test_a_single_cancellation_keeps_the_wish(person, make_job, typed, wish):
    person.post(reverse("admin:mediajobs_job_cancel", args=[make_job().pk]), REASON | typed)
    assert CancelBatch.objects.get().mails_requester is wish


def test_a_wish_that_cannot_be_granted_is_not_kept_however_it_is_posted(person, make_job):
    User.objects.update(email="")
    person.post(reverse("admin:mediajobs_job_cancel", args=[make_job().pk]), REASON | TICK)
    batch = draft(make_job())
    person.post(url("confirm", batch), REASON | TICK)
    assert not CancelBatch.objects.filter(mails_requester=True).exists()


def test_a_mistake_elsewhere_keeps_the_tick(person, make_job):
    response = person.post(url("confirm", draft(make_job())), {"category": "stuck"} | TICK)
    assert response.status_code == 422
    assert "checked" in tick_of(response)


def test_a_retry_begins_with_the_tick(person, make_job, world):
    world.fault_next("cancel.refuse")
    batch = draft(make_job())
    person.post(url("confirm", batch), REASON | TICK)
    cancel.run(batch, seconds=5, worker="test")
    child = person.post(url("retry", batch))
    assert "checked" in tick_of(person.get(child.url))
    User.objects.update(email="")
    assert "checked" not in tick_of(person.get(child.url))
    person.post(child.url.replace("change", "confirm"), REASON | TICK)
    child = CancelBatch.objects.get(parent=batch)
    assert (child.state, child.mails_requester) == ("running", False)


@pytest.fixture
def given_up(person, make_job):
    """A cancellation whose end could not be told to Slack."""
    batch = release(make_job())
    cancel.abort(batch, by=actor())
    facts = {"tries": 15, "problem": "<b>hooks</b> answered HTTP 404.", "ended_at": timezone.now()}
    Notice.objects.update(state=NoticeState.GIVEN_UP, **facts)
    return batch


def test_the_page_says_what_became_of_each_notice(person, given_up):
    response = person.get(url("change", given_up))
    assert "Aborted: text for Slack to hooks.slack.com …cret Given up" in text(response)
    assert "&lt;b&gt;hooks&lt;/b&gt; answered HTTP 404." in response.content.decode()
    assert SECRET_END not in response.content.decode()


def test_a_notice_that_waits_says_when_it_is_tried_again(person, given_up):
    Notice.objects.update(
        state="waiting", tries=2, next_try_at="2030-01-02T03:04:05Z", ended_at=None
    )
    words = text(person.get(url("change", given_up)))
    assert "Waiting tried 2 times, again at 03:04:05 UTC" in words
    assert "Send again" not in words


def test_a_given_up_notice_can_be_sent_again(person, given_up):
    number = given_up.notices.get().pk
    page = person.get(url("change", given_up)).content.decode()
    assert f'name="notice" value="{number}"' in page
    response = person.post(url("send_again", given_up), {"notice": number})
    assert response.url == url("change", given_up)
    assert said(response) == "The notice is tried again now."
    assert given_up.notices.get().state == NoticeState.WAITING
    assert "Had a notice sent again" in text(person.get(response.url))


def test_a_notice_that_is_not_given_up_is_not_sent_again(person, given_up):
    Notice.objects.update(state="sent")
    response = person.post(url("send_again", given_up), {"notice": given_up.notices.get().pk})
    assert said(response).startswith("Nothing was changed.")


def test_who_may_not_steer_sees_why_there_is_no_button(given_up, client, make_user):
    client.force_login(make_user("viewer"))
    words = text(client.get(url("change", given_up)))
    assert "Only the group “bulk operator” may have it sent again." in words


def test_the_overview_tells_of_notices_that_were_given_up(person, given_up):
    words = text(person.get("/"))
    assert "Notices given up" in words
    assert f"Cancellation {given_up.pk} aborted, not told to hooks.slack.com …cret" in words
    Notice.objects.update(ended_at=timezone.now() - timezone.timedelta(days=8))
    assert "Notices given up" not in text(person.get("/"))


def test_a_page_stays_live_until_the_first_try_of_each_notice(person, given_up):
    address = url("progress", given_up)
    assert "data-live-done" in person.get(address).content.decode()
    Notice.objects.update(state="waiting", problem="", ended_at=None)
    assert "data-live-done" not in person.get(address).content.decode()
    Notice.objects.update(problem="hooks answered HTTP 500.")
    assert "data-live-done" in person.get(address).content.decode()
