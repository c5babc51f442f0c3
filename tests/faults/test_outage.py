"""Cancels alone fail for two minutes, while reads go on working."""

import time

import pytest

pytestmark = pytest.mark.drill

OUTAGE = 120.0  # seconds: long enough for five sends of one job, which is all that a job may have
#: The first probe comes a quarter of a minute after the breaker has opened.
BEFORE_PROBES = 12.0
FAULTS = ["cancel.unavailable_silent", "cancel.error"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_batch_whose_cancels_alone_fail_holds_and_goes_on_by_itself(start, fault):
    # Few jobs: each of them would be sent again and again.
    drill = start(20, MEDIA_API_MAX_PER_SECOND="5")
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(5)
        drill.remote.set(faults={fault: 1.0})
        began, before = time.time(), len(drill.remote.sent())
        drill.wait_for_state("paused", 30)
        batch = drill.batch()
        assert batch["pause_reason"].startswith(
            ("The media API is failing", "The media API turns calls away")
        )
        assert batch["resumes_at"] is not None
        drill.check_going_on()
        time.sleep(began + OUTAGE - time.time())
        during = drill.remote.sent()[before:]
        drill.check_going_on()
        drill.remote.set(faults={})
        assert len(during) < 60
        assert any(entry.at > began + BEFORE_PROBES for entry in during)
        drill.wait_for_state("finished", 150)
        drill.check_invariants()
    assert drill.kinds()["batch.resumed"] > 0
    assert drill.states() == {"cancelled": 18}
