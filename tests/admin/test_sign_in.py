"""Signing in and out: on record, and locked for whoever guesses."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from mediajobs.models import AuditEvent
from mediajobs.services import accounts
from mediajobs.services.audit import Actor
from mediajobs.services.tally import NOBODY
from tests.admin.cancel_steps import text
from tests.simulated import Clock

SECRET = "not-the-password-7"


@pytest.fixture(autouse=True)
def people(make_user):
    make_user("viewer", name="ada")
    make_user("viewer", name="bob")


@pytest.fixture
def clock():
    """The clock of what is told once a minute."""
    tally, clock = accounts.refused_tries, Clock()
    usual, tally.clock = tally.clock, clock
    yield clock
    tally.clock = usual


def try_as(name, password=SECRET, address="10.0.0.1", **headers):
    """Try to sign in from an address; return the answer."""
    form = {"username": name, "password": password}
    return Client().post("/login/", form, REMOTE_ADDR=address, **headers)


def is_let_in(name, **about):
    return try_as(name, "pw", **about).status_code == 302


def events(kind):
    return AuditEvent.objects.filter(kind=f"user.{kind}").order_by("pk")


def kinds():
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_who_signs_in_and_out_is_on_record_with_the_place(client):
    form = {"username": "ada", "password": "pw"}
    place = {"REMOTE_ADDR": "10.0.0.1", "HTTP_USER_AGENT": "Firefox"}
    assert client.post("/login/", form, **place).status_code == 302
    assert client.post("/logout/", **place).status_code == 200
    assert kinds() == ["user.signed_in", "user.signed_out"]
    for event in AuditEvent.objects.all():
        assert event.actor_id == str(User.objects.get(username="ada").pk)
        told = (event.actor, event.channel, event.address, event.user_agent)
        assert told == ("ada", "web", "10.0.0.1", "Firefox")


def test_whose_session_somebody_else_signs_in_over_is_signed_out_on_record(client):
    for name in ("ada", "ada", "bob"):
        assert client.post("/login/", {"username": name, "password": "pw"}).status_code == 302
    told = AuditEvent.objects.order_by("pk").values_list("kind", "actor")
    assert list(told) == [
        ("user.signed_in", "ada"),
        ("user.signed_in", "ada"),
        ("user.signed_out", "ada"),
        ("user.signed_in", "bob"),
    ]


def test_looking_at_the_page_to_sign_in_is_not_on_record(client):
    client.get("/login/")
    client.post("/login/", {"username": "", "password": ""})
    client.post("/login/", {"username": "ada", "password": ""})
    assert kinds() == []


def test_a_failed_try_is_on_record_without_the_password_anywhere():
    assert try_as("ada").status_code == 200
    event = events("sign_in_failed").get()
    assert (event.actor, event.actor_id, event.address) == ("ada", "", "10.0.0.1")
    assert event.detail == "Wrong name or password."
    stored = str([list(model.objects.values()) for model in (AuditEvent, AccessAttempt)])
    assert "10.0.0.1" in stored
    assert SECRET not in stored


def test_a_name_longer_than_any_is_locked_out_too():
    assert lock_out("a" * 5000).status_code == 429


def test_what_was_typed_as_a_name_that_nobody_has_is_not_on_record(clock):
    for _ in range(7):
        try_as(SECRET)
    assert kinds() == ["user.sign_in_failed"] * 5 + ["user.locked_out", "user.sign_in_refused"]
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {"(unknown name)"}
    stored = str([list(model.objects.values()) for model in (AuditEvent, AccessAttempt)])
    assert "10.0.0.1" in stored
    assert SECRET not in stored


@pytest.mark.parametrize("name", ["\x00ada", "ада", "😀", "=HYPERLINK(1)", "' OR 1=1 --", "a\r\nb"])
def test_any_name_can_be_tried(name):
    assert try_as(name).status_code == 200


def test_a_right_password_of_who_is_not_staff_is_on_record():
    User.objects.filter(username="ada").update(is_staff=False)
    assert not is_let_in("ada")
    event = events("sign_in_failed").get()
    assert event.detail == "The password was right, but this is no staff account."


def test_who_is_not_active_fails_like_one_with_a_wrong_password():
    User.objects.filter(username="ada").update(is_active=False)
    assert not is_let_in("ada")
    assert events("sign_in_failed").get().detail == "Wrong name or password."


def test_a_form_without_its_token_is_no_try():
    client = Client(enforce_csrf_checks=True)
    form = {"username": "ada", "password": "pw"}
    assert client.post("/login/", form).status_code == 403
    assert kinds() == []


def lock_out(name="ada", **about):
    for _ in range(5):
        answer = try_as(name, **about)
    return answer


def test_the_fifth_failure_locks_a_name_out_and_says_what_to_do():
    answer = lock_out()
    assert answer.status_code == 429
    assert "locked out for 15 minutes" in text(answer)
    assert (answer["Retry-After"], "no-store" in answer["Cache-Control"]) == ("900", True)
    assert "Content-Security-Policy" in answer
    assert kinds() == ["user.sign_in_failed"] * 5 + ["user.locked_out"]
    event = events("locked_out").get()
    assert event.actor == "ada"
    assert event.detail == (
        "5 failed tries; from this address this name is refused for 15 minutes."
    )


def test_who_is_locked_out_is_not_let_in_with_the_right_password_either():
    lock_out()
    assert try_as("ada", "pw").status_code == 429
    assert not events("signed_in").exists()


def test_others_at_the_address_and_the_same_name_elsewhere_are_let_in():
    lock_out()
    assert is_let_in("bob")
    assert is_let_in("ada", address="10.0.0.2")


def test_a_name_that_nobody_has_is_locked_out_too():
    assert lock_out("nobody").status_code == 429


def test_tries_while_locked_out_are_counted_in_one_event_a_minute(clock):
    lock_out()
    for _ in range(8):
        try_as("ada")
    assert events("sign_in_refused").get().detail == (
        "1 more try to sign in failed, among many others or while locked out; "
        "the newest as “ada” from 10.0.0.1."
    )
    assert events("sign_in_failed").count() == 5
    assert accounts.refused_tries.take() == (0, NOBODY)
    clock.advance(61)
    assert accounts.refused_tries.take()[0] == 7


def test_what_is_counted_is_told_with_the_next_who_signs_in(clock):
    eve = Actor(name="eve", channel="web", address="10.0.0.9")
    accounts.refused_tries.add(7, eve)
    assert is_let_in("bob")
    assert kinds() == ["user.sign_in_refused", "user.signed_in"]
    assert events("sign_in_refused").get().detail.startswith("7 more tries to sign in failed")


def later(minutes):
    """Let what was counted be so old."""
    at = timezone.now() - timedelta(minutes=minutes)
    AccessAttempt.objects.update(attempt_time=at)


def test_a_lock_out_ends():
    lock_out()
    later(minutes=14)
    assert not is_let_in("ada")
    later(minutes=15.1)
    assert is_let_in("ada")


def test_trying_on_does_not_make_it_longer():
    lock_out()
    later(minutes=14)
    try_as("ada")
    later(minutes=15.1)
    assert is_let_in("ada")


def test_who_signs_in_begins_anew_at_that_address_alone():
    for address in ("10.0.0.1", "10.0.0.2"):
        for _ in range(4):
            try_as("ada", address=address)
    assert is_let_in("ada")
    assert try_as("ada").status_code == 200
    assert try_as("ada", address="10.0.0.2").status_code == 429


def test_guessing_from_many_addresses_locks_the_name_out_from_anywhere():
    for number in range(12):
        for _ in range(4):
            try_as("ada", address=f"10.0.1.{number}")
    assert is_let_in("bob", address="10.0.2.1")
    assert try_as("ada", address="10.0.2.1").status_code == 200
    assert try_as("ada", address="10.0.2.2").status_code == 429
    assert not is_let_in("ada", address="10.0.2.3")
    assert events("locked_out").get().detail == (
        "50 failed tries; from any address this name is refused for 15 minutes."
    )


def test_the_lock_out_from_anywhere_is_told_as_such_where_it_is_one_from_the_address_too():
    for number in range(10):
        lock_out(address=f"10.0.1.{number}")
    *_, last = events("locked_out")
    assert last.detail.startswith("50 failed tries; from any address ")
    assert events("locked_out").count() == 10


def test_a_browser_that_names_itself_anew_each_time_is_locked_out_all_the_same():
    for number in range(5):
        answer = try_as("ada", HTTP_USER_AGENT=f"browser {number}")
    assert answer.status_code == 429


def test_a_flood_of_names_is_told_in_few_events(clock):
    for number in range(40):
        try_as(f"name-{number}", address=f"10.0.3.{number}")
    assert events("sign_in_failed").count() == 30
    assert events("sign_in_refused").count() == 1
    clock.advance(61)
    assert accounts.refused_tries.take()[0] == 9


def test_in_a_flood_only_the_lock_out_of_a_name_that_is_somebodys_is_told():
    for number in range(30):
        try_as(f"name-{number}")
    lock_out("ada")
    lock_out("nobody")
    assert [event.actor for event in events("locked_out")] == ["ada"]


def test_behind_our_proxy_the_address_that_the_proxy_saw_counts(settings):
    settings.HTTPS = True
    for number in range(5):
        answer = try_as("ada", HTTP_X_FORWARDED_FOR=f"6.6.6.{number}, 203.0.113.9")
    assert answer.status_code == 429
    assert is_let_in("ada", HTTP_X_FORWARDED_FOR="203.0.113.9, 203.0.113.10")


@pytest.mark.parametrize("address", ["", "unix:", "203.0.113.9:4711"])
def test_what_is_no_address_is_counted_all_the_same(address):
    assert lock_out(address=address).status_code == 429


def test_nothing_else_is_kept_of_who_signs_in():
    is_let_in("ada")
    assert not AccessLog.objects.exists()
