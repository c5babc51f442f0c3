"""What would flood the trail is counted, and told once a minute."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.services.audit import Actor, record
from mediajobs.services.tally import NOBODY, Tally
from tests.simulated import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tally(clock):
    words = lambda count, newest: f"{count}, newest {newest.address}"  # noqa: E731
    return Tally(AuditKind.WEBHOOK_REJECTED, words, clock)


def someone(address):
    return Actor(name="webhook", channel="webhook", address=address)


def test_the_first_is_told_at_once_and_the_others_together_a_minute_later(tally, clock):
    tally.add(1, someone("10.0.0.1"))
    assert tally.take() == (1, someone("10.0.0.1"))
    for number in range(500):
        clock.advance(0.1)
        tally.add(1, someone(f"10.0.1.{number}"))
        assert tally.take() == (0, NOBODY)
    clock.advance(11)
    assert tally.take() == (500, someone("10.0.1.499"))
    clock.advance(60)
    assert tally.take() == (0, NOBODY)


def test_what_could_not_be_told_is_told_with_the_next(tally, clock):
    tally.add(1, someone("10.0.0.1"))
    tally.add(*tally.take())
    tally.add(1, someone("10.0.0.2"))
    clock.advance(60)
    assert tally.take() == (2, someone("10.0.0.2"))


def test_what_a_database_that_is_away_does_not_take_is_told_later(db, tally, clock, caplog):
    def refuse(*_):
        raise OperationalError("the database is away")

    with connection.execute_wrapper(refuse):
        tally.note(someone("10.0.0.1"))
    assert "1 × webhook.rejected could not be recorded: the database is away" in caplog.text
    assert not AuditEvent.objects.exists()
    clock.advance(60)
    tally.note(someone("10.0.0.2"))
    assert AuditEvent.objects.get().detail == "2, newest 10.0.0.2"


def test_what_was_told_by_a_clock_that_went_ahead_keeps_nothing_untold(db, tally):
    kind = AuditKind.WEBHOOK_REJECTED
    record(kind, someone("10.0.0.1"), at=timezone.now() + timedelta(days=1))
    tally.note(someone("10.0.0.2"))
    assert AuditEvent.objects.filter(kind=kind).count() == 2


def test_what_another_process_told_within_the_minute_is_told_later(db, tally):
    kind = AuditKind.WEBHOOK_REJECTED
    record(kind, someone("10.0.0.1"), at=timezone.now() - timedelta(seconds=50))
    tally.note(someone("10.0.0.2"))
    assert AuditEvent.objects.filter(kind=kind).count() == 1
