"""A worker killed in the middle of a batch, again and again, while a quarter of answers fail."""

import os
import signal
from collections import Counter

import pytest

#: Of a quarter of the cancels; after 429 and 503 the panel waits, so they are fewer. Of reads
#: fewer fail: one that does is repeated half a minute later.
FAULTS = {
    "cancel.lost": 0.08,
    "cancel.error_after": 0.08,
    "cancel.reset": 0.08,
    "cancel.throttle_silent": 0.005,
    "cancel.unavailable_silent": 0.005,
    "status.lost": 0.02,
    "jobs.error": 0.02,
}
FAST = {"MEDIA_API_MAX_PER_SECOND": "300"}
SIZES = [pytest.param(200, 2, id="few"), pytest.param(5000, 25, id="many", marks=pytest.mark.drill)]


def kill_while_sending(drill, count):
    """Run a worker until it has sent some more, then kill it as hard as can be."""
    before = len(drill.remote.sent())
    with drill.worker() as worker:
        drill.wait_until_sent(before + count)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.mark.parametrize(("jobs", "kills"), SIZES)
def test_a_batch_survives_a_worker_that_is_killed_again_and_again(start, jobs, kills):
    drill = start(jobs, **FAST)
    drill.remote.set(latency=0.05, cancel_delay=0.5, faults=FAULTS)
    drill.confirm()
    with drill.panel.process(*drill.CLOCK):
        for _ in range(kills):
            kill_while_sending(drill, jobs * 3 // 4 // (kills + 1))
        with drill.worker():
            drill.wait_for_state("finished", 240)
            drill.check_invariants(restarts=3)
    states = Counter(drill.states())
    assert states.total() == jobs * 9 // 10
    # An item whose five requests all met a fault is given up, and says so.
    assert states["cancelled"] >= states.total() * 0.98
    assert set(states) <= {"cancelled", "failed", "finished_first"}
