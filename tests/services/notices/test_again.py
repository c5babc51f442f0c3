"""Having a notice sent again that was given up."""

import threading

import pytest
from django.core.exceptions import PermissionDenied

from mediajobs.models import AuditEvent, Notice, NoticeKind, NoticeState
from mediajobs.services import cancel, notices
from mediajobs.services.audit import Actor
from tests.services.notices.conftest import HOOK

pytestmark = pytest.mark.django_db


@pytest.fixture
def given_up(make_job, released, operator):
    """A notice that nobody tries to send any more."""
    batch = released(make_job())
    cancel.abort(batch, by=operator)
    Notice.objects.exclude(kind=NoticeKind.WEBHOOK).delete()
    Notice.objects.update(state=NoticeState.GIVEN_UP, tries=15, fence=15, problem="No.")
    return Notice.objects.get()


def test_it_is_tried_anew_and_the_trail_says_who_asked(given_up, operator, network):
    network.add("POST", HOOK, status=200)
    assert notices.send_again(given_up.batch, str(given_up.pk), by=operator)
    given_up.refresh_from_db()
    assert (given_up.state, given_up.tries, given_up.problem) == ("waiting", 0, "")
    event = AuditEvent.objects.get(kind="notice.queued_again")
    assert (event.actor, event.detail) == ("bulk-operator", "Aborted, to hooks.example")
    assert notices.send_due(seconds=5, stop=threading.Event()) == 1


def test_a_second_click_changes_nothing(given_up, operator):
    assert notices.send_again(given_up.batch, str(given_up.pk), by=operator)
    assert not notices.send_again(given_up.batch, str(given_up.pk), by=operator)
    assert AuditEvent.objects.filter(kind="notice.queued_again").count() == 1


@pytest.mark.parametrize("number", ["", "x", "-1", "²", "999999", "9" * 30])
def test_what_is_no_notice_of_this_batch_is_left_alone(given_up, operator, number):
    assert not notices.send_again(given_up.batch, number, by=operator)


def test_a_notice_of_another_batch_is_left_alone(given_up, operator, make_job, released):
    other = released(make_job())
    assert not notices.send_again(other, str(given_up.pk), by=operator)


def test_who_may_not_steer_may_not_have_it_sent_again(given_up, make_user):
    user = make_user("operator")
    by = Actor(name=user.username, channel="web", user=user, user_id=str(user.pk))
    with pytest.raises(PermissionDenied, match="You have no right to have notices sent again"):
        notices.send_again(given_up.batch, str(given_up.pk), by=by)
    given_up.refresh_from_db()
    assert given_up.is_given_up
