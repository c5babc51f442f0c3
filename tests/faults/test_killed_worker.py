"""A worker killed in the middle of a batch, again and again, while a quarter of answers fail."""

import os
import signal
from collections import Counter

import pytest

from mediajobs.services.cancel.judge import MOST_SENDS
from tests.faults.drill import WHERE_READS_FAIL
from tests.running import wait_until

#: A quarter of the cancels: each is drawn for those that met none before it. Of reads fewer fail:
#: one that does is repeated half a minute later.
FAULTS = {
    "cancel.lost": 0.056,
    "cancel.error_after": 0.056,
    "cancel.reset": 0.056,
    "cancel.throttle_silent": 0.056,
    "cancel.unavailable_silent": 0.056,
    "status.lost": 0.02,
    "jobs.error": 0.02,
}
#: After these the panel waits: the short drill would wait a minute.
FEWER_WAITS = {"cancel.throttle_silent": 0.01, "cancel.unavailable_silent": 0.01}
LIMITS = {"restarts": 3, "patience": WHERE_READS_FAIL}
FAST = {"MEDIA_API_MAX_PER_SECOND": "300"}
SIZES = [
    pytest.param(200, 2, FAULTS | FEWER_WAITS, 0.08, id="few"),
    pytest.param(5000, 25, FAULTS, 0.23, id="many", marks=pytest.mark.drill),
]


def kill_while_sending(drill, count):
    """Run a worker until it has sent some more, then kill it as hard as can be."""
    before = len(drill.remote.sent())
    with drill.worker() as worker:
        drill.wait_until_sent(before + count)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()


def is_finished(drill):
    return drill.batch()["state"] == "finished"


@pytest.mark.parametrize(("jobs", "kills", "faults", "share"), SIZES)
def test_a_batch_survives_a_worker_that_is_killed_again_and_again(
    start, jobs, kills, faults, share
):
    drill = start(jobs * 10 // 9 + 1, **FAST)  # nine in ten are running
    drill.remote.set(latency=0.05, cancel_delay=0.5, faults=faults)
    drill.confirm()
    with drill.panel.process(*drill.CLOCK):
        for number in range(kills):
            kill_while_sending(drill, jobs * 3 // 4 // (kills + 1))
            if number % 5 == 0:
                drill.check_going_on(**LIMITS)
        with drill.worker():
            wait_until(lambda: is_finished(drill) or drill.check_going_on(**LIMITS), 900, pause=10)
            drill.check_invariants(**LIMITS)
    states = Counter(drill.states())
    assert states.total() == jobs
    met = Counter(entry.fault for entry in drill.remote.sent())
    assert {"lost", "error_after", "reset"} < set(met)
    assert 1 - met[""] / met.total() > share
    # An item whose five requests all met a fault is given up, and says so.
    assert states["cancelled"] >= states.total() * 0.98
    assert set(states) <= {"cancelled", "failed", "finished_first"}


def kill_at_a_claim(drill):
    """Run a worker until it has claimed something, then kill it before any answer comes."""
    before = drill.kinds().get("cancel.sent", 0)
    with drill.worker() as worker:
        wait_until(lambda: drill.kinds().get("cancel.sent", 0) > before, 90, pause=0.05)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.mark.drill
def test_a_worker_that_dies_at_every_claim_gives_up_no_job(start):
    drill = start(20)
    # Nothing is done, and nobody is there any more to hear that.
    drill.remote.set(latency=2.0, cancel_delay=0.5, faults={"cancel.reset": 1.0})
    drill.confirm()
    with drill.panel.process(*drill.CLOCK):
        for _ in range(MOST_SENDS):
            kill_at_a_claim(drill)
        drill.remote.set(latency=0.05, faults={})
        with drill.worker():
            drill.wait_for_state("finished", 90)
            drill.check_invariants(restarts=MOST_SENDS)
    assert drill.states() == {"cancelled": 18}
