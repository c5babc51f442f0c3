"""The clock of the engine goes on where the machine's was set back."""

import time
from datetime import timedelta

import pytest

from mediajobs.celery import app
from mediajobs.clock import Clock

#: Seconds. Both entries are due within one; two busy cores take longer.
PATIENCE = 20


class Told(Clock):
    """A clock that notes what it would have sent."""

    def __init__(self, *args, **kwargs):
        self.sent = set()
        super().__init__(*args, **kwargs)

    def apply_entry(self, entry, producer=None):
        self.sent.add(entry.name)


@pytest.fixture
def start(tmp_path):
    clocks = []

    def start():
        clocks.append(Told(app=app, schedule_filename=str(tmp_path / "schedule")))
        return clocks[-1]

    yield start
    for clock in clocks:
        clock.close()


def tick_until(clock, wanted):
    """Tick until all that is wanted was sent, or far longer than that takes; return what was."""
    clock.sent.clear()
    ends_at = time.monotonic() + PATIENCE
    while not wanted <= clock.sent and time.monotonic() < ends_at:
        time.sleep(min(0.05, max(0.0, clock.tick())))
    return clock.sent


def go_back_a_day(clock):
    """Leave the entries as a clock that was a day ahead has left them."""
    clock.tick()
    for entry in clock.schedule.values():
        entry.last_run_at += timedelta(days=1)
    clock.populate_heap()


def test_what_was_sent_by_a_clock_that_was_ahead_counts_as_sent_now(start):
    clock = start()
    go_back_a_day(clock)
    sent = tick_until(clock, {"seal", "follow_deliveries"})
    assert {"seal", "follow_deliveries"} <= sent
    assert "checkpoint" not in sent


def test_it_does_so_when_it_was_started_anew_too(start):
    clock = start()
    go_back_a_day(clock)
    clock.close()
    assert "seal" in tick_until(start(), {"seal"})


def test_it_is_the_engine_s():
    assert app.conf.beat_scheduler == "mediajobs.clock.Clock"
