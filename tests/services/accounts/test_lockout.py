"""Whose failures to sign in are counted together, and what is told of a lock-out."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from mediajobs.models import AuditEvent
from mediajobs.services.accounts.lockout import address_for_axes
from tests.trail import forge


@pytest.fixture
def fail(make_user):
    """Try some times to sign in as Ada with a wrong password, from an address."""
    make_user("viewer", name="ada")

    def fail(times=1, address="10.0.0.1", name="ada"):
        form = {"username": name, "password": "not-the-password-7"}
        for _ in range(times):
            Client().post("/login/", form, REMOTE_ADDR=address)

    return fail


def locked_out():
    events = AuditEvent.objects.filter(kind="user.locked_out").order_by("pk")
    return list(events.values_list("detail", flat=True))


def count_one_more(address):
    """Let one be counted that was under way at the same time: neither saw the other."""
    attempt = AccessAttempt.objects.get(ip_address=address)
    AccessAttempt.objects.filter(pk=attempt.pk).update(
        failures_since_start=attempt.failures_since_start + 1
    )


FROM_HERE = "5 failed tries; from this address this name is refused for 15 minutes."
FROM_ANYWHERE = "50 failed tries; from any address this name is refused for 15 minutes."


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_lock_out_by_tries_at_the_same_time_is_told_once_with_the_next_one(fail, name):
    fail(4, name=name)
    count_one_more("10.0.0.1")
    assert locked_out() == []
    fail(3, name=name)
    assert locked_out() == [FROM_HERE]


def test_a_lock_out_from_anywhere_by_tries_at_the_same_time_is_told_once_with_the_next_one(fail):
    for number in range(12):
        fail(4, address=f"10.0.1.{number}")
    fail(1, address="10.0.2.1")
    count_one_more("10.0.2.1")
    for number in range(3):
        fail(1, address=f"10.0.3.{number}")
    assert locked_out() == [FROM_ANYWHERE]


def test_the_same_name_is_locked_out_on_record_from_each_address(fail):
    for number in range(2):
        fail(4, address=f"10.0.1.{number}")
        count_one_more(f"10.0.1.{number}")
        fail(2, address=f"10.0.1.{number}")
    assert locked_out() == [FROM_HERE] * 2


def test_addresses_that_are_counted_as_one_are_locked_out_on_record_as_one(fail):
    fail(5, address="2001:db8:1:2::1")
    fail(2, address="2001:db8:1:3::1")
    assert locked_out() == [FROM_HERE]


def test_a_lock_out_after_the_end_of_another_is_told_too(fail):
    fail(5)
    before = timezone.now() - timedelta(minutes=16)
    forge(AuditEvent.objects.get(kind="user.locked_out"), at=before)
    AccessAttempt.objects.update(attempt_time=before)
    fail(4)
    count_one_more("10.0.0.1")
    fail(1)
    assert locked_out() == [FROM_HERE] * 2


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1::"),
        ("2001:db8:1:3:bbbb::2", "2001:db8:1::"),
        ("2001:db8:2::1", "2001:db8:2::"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1::"),
        ("[2001:db8:1:2::1]", "2001:db8:1::"),
        ("203.0.113.9:", None),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("unix:", None),
        ("", None),
    ],
)
def test_an_address_is_counted_for_itself_and_a_network_of_ipv6_as_one(rf, address, counted):
    assert address_for_axes(rf.get("/", REMOTE_ADDR=address)) == counted
