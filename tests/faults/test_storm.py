"""A remote that wants less, or fails: the panel holds back, and goes on without a hand."""

import time

import pytest

from tests.running import wait_until

STORM = 3.0  # seconds
WAITS = ["throttle", "throttle_silent", "throttle_ages", "throttle_minus", "throttle_2099"]


def storm(drill, fault, seconds=STORM):
    """Let every answer be this fault for a while; say how many requests met it."""

    def met():
        return sum(entry.fault == fault for entry in drill.remote.requests())

    before = met()
    drill.remote.set(faults={fault: 1.0})
    wait_until(lambda: met() > before, 60, pause=0.05)
    time.sleep(seconds)
    drill.remote.set(faults={})
    return met() - before


def test_a_short_storm_of_429_is_waited_for(start):
    drill = start(300)
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(20)
        assert storm(drill, "throttle") < 150
        drill.wait_for_state("finished", 90)
        drill.check_invariants()
    assert drill.states() == {"cancelled": 270}


@pytest.mark.drill
def test_storms_of_429_of_every_kind_are_waited_for(start):
    drill = start(400, MEDIA_API_MAX_RETRY_AFTER="4", MEDIA_API_MAX_PER_SECOND="60")
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        for place, fault in enumerate(WAITS):
            drill.wait_until_sent(len(drill.remote.sent()) + 20 if place else 20)
            assert storm(drill, fault) < 150
        drill.wait_for_state("finished", 120)
        drill.check_invariants()
    assert drill.states() == {"cancelled": 360}


@pytest.mark.drill
def test_a_storm_of_503_opens_the_breaker_and_is_over_by_itself(start):
    drill = start(200)
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(20)
        assert storm(drill, "unavailable") < 150
        assert storm(drill, "unavailable_silent", 8) < 150
        drill.wait_for_state("finished", 150)
        drill.check_invariants()
    kinds = drill.kinds()
    assert kinds["batch.paused"] == kinds["batch.resumed"] > 0
    assert drill.states() == {"cancelled": 180}
