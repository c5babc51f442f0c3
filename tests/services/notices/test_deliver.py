"""Sending notices: once, by one worker, again with growing waits, and given up in sight."""

import threading
from datetime import timedelta

import pytest
import requests
from django.core import mail as outbox_of
from django.utils import timezone

from mediajobs.models import AuditEvent, Happening, Notice, NoticeKind, NoticeState
from mediajobs.services import cancel, notices
from mediajobs.services.notices import deliver
from tests.services.notices.conftest import HOOK, SLACK_URL
from tests.services.notices.steps import kinds, one, only, send, time_passes

pytestmark = pytest.mark.django_db


def test_each_notice_goes_out_once_each_in_its_own_way(aborted, hooks):
    assert send() == 3
    assert send() == 0
    (hook, slack) = sorted(hooks, key=lambda each: each[0])
    text = one(NoticeKind.WEBHOOK).text
    assert hook[0] == HOOK
    assert hook[2] == one(NoticeKind.WEBHOOK).facts | {"id": str(one(NoticeKind.WEBHOOK).key)}
    assert hook[1]["X-Panel-Notice-Id"] == hook[2]["id"]
    assert slack[0] == SLACK_URL
    assert slack[2] == {"text": text}
    (sent,) = outbox_of.outbox
    assert (sent.to, sent.body) == (["alice@example.org"], text)


def test_what_was_sent_stands_in_the_trail_without_the_address(aborted, hooks):
    send()
    assert set(Notice.objects.values_list("state", flat=True)) == {NoticeState.SENT}
    assert kinds(aborted) == ["notice.sent"] * 3
    events = AuditEvent.objects.filter(kind="notice.sent")
    assert set(events.values_list("actor", "detail")) == {
        ("engine", "Aborted, to hooks.example"),
        ("engine", "Aborted, to hooks.slack.com …cret"),
        ("engine", "Aborted, to bulk-operator (…@example.org)"),
    }


@pytest.mark.parametrize(("hours", "count"), [(4, 0), (5, 1)])
def test_a_notice_that_waits_longer_than_any_may_is_sent_since_a_clock_was_wrong(
    aborted, hooks, hours, count
):
    only(NoticeKind.WEBHOOK, next_try_at=timezone.now() + timedelta(hours=hours))
    assert send() == count


def test_what_is_not_taken_is_tried_again_with_growing_waits_for_a_day(aborted, network):
    network.add("POST", HOOK, status=500)
    only(NoticeKind.WEBHOOK)
    waits = []
    for _ in range(deliver.MOST_TRIES):
        time_passes()
        assert send() == 0
        notice = one(NoticeKind.WEBHOOK)
        waits.append(notice.next_try_at - timezone.now())
    assert notice.state == NoticeState.GIVEN_UP
    waits = [round(wait.total_seconds()) for wait in waits[:-1]]
    assert waits[:5] == [30, 60, 120, 240, 480]
    assert waits == sorted(waits)
    assert timedelta(hours=20) < timedelta(seconds=sum(waits)) < timedelta(hours=28)
    assert len(network.calls) == deliver.MOST_TRIES


def test_each_try_carries_the_same_id(aborted, network):
    network.add("POST", HOOK, status=500)
    only(NoticeKind.WEBHOOK)
    for _ in range(3):
        time_passes()
        send()
    ids = {call.request.headers["X-Panel-Notice-Id"] for call in network.calls}
    assert ids == {str(one(NoticeKind.WEBHOOK).key)}


def test_a_notice_that_waits_says_why(aborted, network):
    network.add("POST", HOOK, status=503)
    only(NoticeKind.WEBHOOK)
    send()
    notice = one(NoticeKind.WEBHOOK)
    assert (notice.state, notice.tries) == (NoticeState.WAITING, 1)
    assert notice.problem == "hooks.example answered HTTP 503."
    assert send() == 0
    assert len(network.calls) == 1


def test_what_is_given_up_stands_in_the_trail_with_why(aborted, network):
    network.add("POST", SLACK_URL, status=404)
    only(NoticeKind.SLACK, tries=deliver.MOST_TRIES - 1)
    send()
    assert one(NoticeKind.SLACK).state == NoticeState.GIVEN_UP
    event = AuditEvent.objects.get(kind="notice.given_up")
    assert event.detail == ("Aborted, to hooks.slack.com …cret. hooks.slack.com answered HTTP 404.")


def test_an_unclear_end_is_tried_again_where_the_receiver_can_tell(aborted, network):
    network.add("POST", HOOK, body=requests.ReadTimeout())
    only(NoticeKind.WEBHOOK)
    send()
    assert one(NoticeKind.WEBHOOK).state == NoticeState.WAITING
    time_passes()
    send()
    assert len(network.calls) == 2


def test_a_mail_that_may_have_left_is_not_sent_a_second_time(aborted, monkeypatch):
    only(NoticeKind.MAIL)
    # A mail server in the middle of whose answer the line broke: see tests/remote/test_mail.py.
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", broken)
    send()
    notice = one(NoticeKind.MAIL)
    assert notice.state == NoticeState.GIVEN_UP
    assert "may have taken the mail or not" in notice.problem


def broken(self, messages):
    raise TimeoutError


def test_a_mail_that_cannot_have_left_is_tried_again(aborted, settings):
    only(NoticeKind.MAIL)
    settings.MAIL_IS_CONFIGURED = False
    send()
    assert one(NoticeKind.MAIL).state == NoticeState.WAITING
    settings.MAIL_IS_CONFIGURED = True
    time_passes()
    assert send() == 1
    assert len(outbox_of.outbox) == 1


def killed_while_sending(kind):
    """A worker claimed the notice, perhaps sent it, and was never heard of again."""
    notice = only(kind)
    assert notice.claim(until=timezone.now() + deliver.LEASE)
    return notice


def test_what_a_worker_has_in_hand_is_left_to_it_until_its_time_is_out(aborted, hooks):
    killed_while_sending(NoticeKind.WEBHOOK)
    assert send() == 0
    time_passes()
    assert send() == 1


def test_a_worker_killed_between_send_and_record_means_one_more_with_the_same_id(aborted, hooks):
    notice = killed_while_sending(NoticeKind.WEBHOOK)
    deliver.deliver(notice)
    time_passes()
    assert send() == 1
    assert len({headers["X-Panel-Notice-Id"] for _, headers, _ in hooks}) == 1
    assert len(hooks) == 2
    assert kinds(aborted) == ["notice.sent"]


def test_a_worker_killed_while_it_mailed_means_that_nobody_mails_again(aborted):
    notice = killed_while_sending(NoticeKind.MAIL)
    deliver.deliver(notice)
    time_passes()
    assert send() == 0
    assert len(outbox_of.outbox) == 1
    notice = one(NoticeKind.MAIL)
    assert notice.state == NoticeState.GIVEN_UP
    assert notice.problem == "The worker ended while it sent the mail: it may have left or not."
    assert kinds(aborted) == ["notice.given_up"]


def test_a_worker_killed_at_the_last_try_means_that_it_is_given_up(aborted, hooks):
    only(NoticeKind.WEBHOOK, tries=deliver.MOST_TRIES - 1)
    killed_while_sending(NoticeKind.WEBHOOK)
    time_passes()
    assert send() == 0
    assert one(NoticeKind.WEBHOOK).state == NoticeState.GIVEN_UP
    assert hooks == []


def test_a_late_worker_changes_nothing_of_what_another_has_claimed(aborted, hooks):
    late = killed_while_sending(NoticeKind.WEBHOOK)
    time_passes()
    assert Notice.objects.get().claim(until=timezone.now() + deliver.LEASE)
    deliver.give_up(late, "Too late.")
    deliver.write_sent(late)
    assert one(NoticeKind.WEBHOOK).state == NoticeState.SENDING
    assert kinds(aborted) == []


def test_a_failing_target_holds_up_no_other(make_job, released, operator, network):
    batch = released(make_job())
    for _ in range(3):
        cancel.pause(batch, by=operator)
        cancel.resume(batch, by=operator)
    network.add("POST", HOOK, status=500)
    network.add("POST", SLACK_URL, status=200)
    assert send() == 3
    assert sum(call.request.url == HOOK for call in network.calls) == 1


def test_what_was_never_tried_goes_before_what_failed(aborted, hooks):
    Notice.objects.filter(kind=NoticeKind.WEBHOOK).update(
        tries=3, next_try_at=timezone.now() - timedelta(days=1)
    )
    send()
    assert [url for url, _, _ in hooks] == [SLACK_URL, HOOK]


def test_an_address_that_was_taken_out_of_the_settings_gets_nothing(aborted, settings, hooks):
    settings.NOTICE_URLS = []
    only(NoticeKind.WEBHOOK)
    assert send() == 0
    assert one(NoticeKind.WEBHOOK).problem == (
        "This address does not stand in NOTICE_URLS any more."
    )


def test_an_address_inside_is_refused_in_words(aborted, settings, network):
    network.add_passthru("https://127.0.0.1")
    settings.NOTICE_URLS = ["https://127.0.0.1/hook"]
    Notice.objects.all().delete()
    notices.tell(aborted, Happening.ABORTED, at=aborted.confirmed_at)
    only(NoticeKind.WEBHOOK)
    send()
    assert "127.0.0.1, which is no public address" in one(NoticeKind.WEBHOOK).problem


def test_a_worker_that_is_told_to_end_sends_nothing_more(aborted, hooks):
    stop = threading.Event()
    stop.set()
    assert send(stop) == 0
    assert hooks == []


def test_a_mail_carries_the_id_of_its_notice(aborted):
    only(NoticeKind.MAIL)
    send()
    key = one(NoticeKind.MAIL).key
    assert outbox_of.outbox[0].message()["Message-ID"] == f"<{key}@example.com>"
