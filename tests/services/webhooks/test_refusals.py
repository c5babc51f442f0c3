"""Deliveries with a wrong secret are told once a minute, each of them counted."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind, Channel
from mediajobs.services.audit import Actor, record
from mediajobs.services.tally import tell_untold
from mediajobs.services.webhooks.refusals import note_refusal, refusals
from tests.simulated import Clock


@pytest.fixture
def clock():
    return Clock()


def told(minutes_ago):
    """Have another process record a refusal so long ago."""
    by = Actor(name="webhook", channel=Channel.WEBHOOK)
    at = timezone.now() - timedelta(minutes=minutes_ago)
    record(AuditKind.WEBHOOK_REJECTED, by, at=at)


def test_the_count_and_the_newest_address_are_on_record(db):
    refusals.add(1234, Actor(name="webhook", channel=Channel.WEBHOOK, address="10.0.0.1"))
    note_refusal("10.0.0.2")
    event = AuditEvent.objects.get()
    assert event.detail == (
        "1,235 deliveries without a right secret; the newest came from 10.0.0.2."
    )
    assert event.address == "10.0.0.2"


@pytest.mark.parametrize(("minutes_ago", "count"), [(0.5, 1), (1.1, 2)])
def test_several_processes_tell_once_a_minute_between_them(db, minutes_ago, count):
    told(minutes_ago)
    note_refusal("10.0.0.1")
    assert AuditEvent.objects.count() == count


@pytest.fixture
def own_clock(clock):
    usual, refusals.clock = refusals.clock, clock
    yield clock
    refusals.clock = usual


def test_what_another_process_kept_from_being_told_is_told_later(db, own_clock):
    told(minutes_ago=0.99)
    note_refusal("10.0.0.1"), note_refusal("10.0.0.2")
    own_clock.advance(61)
    time.sleep(0.7)  # the rest of the minute of the trail
    tell_untold()
    detail = AuditEvent.objects.latest("pk").detail
    assert detail == "2 deliveries without a right secret; the newest came from 10.0.0.2."
