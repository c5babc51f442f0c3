"""A network that delays, resets, cuts, swallows, and drips one byte a second."""

import time

import pytest

pytestmark = pytest.mark.drill


def test_every_harm_of_the_wire_is_survived(start):
    drill = start(300, through_proxy=True, MEDIA_API_MAX_PER_SECOND="20")
    drill.remote.set(cancel_delay=0.5)
    proxy = drill.proxy
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(20)
        for name, value, seconds in [
            ("latency", 0.5, 2),
            ("cut_after", 30, 0.3),
            ("reset", True, 0.2),
            ("black_hole", True, 0.3),
            ("drip", 1, 22),
        ]:
            setattr(proxy, name, value)
            time.sleep(seconds)
            proxy.be_good()
        drill.wait_for_state("finished", 150)
        drill.check_invariants()
    assert drill.kinds()["cancel.unanswered"] > 0
    assert drill.states() == {"cancelled": 270}
