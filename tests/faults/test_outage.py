"""Cancels alone fail for a minute, while reads go on working."""

import time

import pytest

pytestmark = pytest.mark.drill

OUTAGE = 60.0  # seconds
#: The first probe comes a quarter of a minute after the breaker has opened.
BEFORE_PROBES = 12.0
FAULTS = ["cancel.unavailable_silent", "cancel.error"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_batch_whose_cancels_alone_fail_holds_and_goes_on_by_itself(start, fault):
    drill = start(200, MEDIA_API_MAX_PER_SECOND="60")
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(20)
        drill.remote.set(faults={fault: 1.0})
        began, before = time.time(), len(drill.remote.sent())
        drill.wait_for_state("paused", 30)
        batch = drill.batch()
        assert "failing" in batch["pause_reason"]
        assert batch["resumes_at"] is not None
        drill.check_going_on()
        time.sleep(began + OUTAGE - time.time())
        during = drill.remote.sent()[before:]
        drill.remote.set(faults={})
        assert len(during) < 150
        assert any(entry.at > began + BEFORE_PROBES for entry in during)
        drill.wait_for_state("finished", 150)
        drill.check_invariants()
    assert drill.kinds()["batch.resumed"] > 0
    assert drill.states() == {"cancelled": 180}
