"""A network that delays, resets, cuts, swallows, and drips one byte a second."""

import time

import pytest

from tests.running import wait_until

pytestmark = pytest.mark.drill

#: With what each is set to, until it has done harm. An answer that is swallowed is missed ten
#: seconds later.
HARMS = {"cut_after": 30, "reset": True}


def unanswered(drill):
    return drill.kinds().get("cancel.unanswered", 0)


def harmed(drill):
    """How many requests had no answer, or did not get away."""
    return unanswered(drill) + drill.kinds().get("cancel.withheld", 0)


def harm(drill, name, value):
    before = harmed(drill)
    setattr(drill.proxy, name, value)
    wait_until(lambda: harmed(drill) > before, 120, pause=0.05)
    drill.proxy.be_good()


def test_every_harm_of_the_wire_is_survived(start):
    # A lease that outlasts any call: it is the call that has to end.
    settings = {"MEDIA_API_MAX_PER_SECOND": "20", "CANCEL_LEASE_SECONDS": "60"}
    drill = start(300, through_proxy=True, **settings)
    drill.remote.set(cancel_delay=0.5)
    proxy = drill.proxy
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(20)
        proxy.latency = 0.5
        time.sleep(1)
        proxy.be_good()
        for name, value in HARMS.items():
            harm(drill, name, value)
        time.sleep(1)
        before = unanswered(drill)
        proxy.drip = 1
        wait_until(lambda: unanswered(drill) > before + 10, 120)
        proxy.be_good()
        harm(drill, "black_hole", True)
        drill.wait_for_state("finished", 150)
        drill.check_invariants()
    assert drill.states() == {"cancelled": 270}
