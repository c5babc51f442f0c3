"""A worker that the system stops past its lease, and that goes on when others have taken over."""

import signal
import time

import pytest

from mediajobs.remote.wire import Patience
from tests.running import wait_until

LONGEST_EXCHANGE = Patience().whole + 1
pytestmark = pytest.mark.drill


def stop_between_writes(drill, process):
    """Stop it while it holds no lock of the database: nobody could work until it goes on."""
    while True:
        process.send_signal(signal.SIGSTOP)
        if not drill.is_database_held():
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)


def test_a_worker_that_wakes_after_its_lease_changes_nothing_and_sends_nothing(start, broker):
    # Of 60 a second with 0.3 s each 18 would be under way.
    few = {"MEDIA_API_MAX_PER_SECOND": "60", "MEDIA_API_MAX_IN_FLIGHT": "8"}
    drill = start(300, CELERY_BROKER_URL=broker.url, **few)
    drill.remote.set(latency=0.3, cancel_delay=0.5)
    drill.confirm()
    with drill.working() as stopped:
        drill.wait_until_sent(60)
        stop_between_writes(drill, stopped)
        stopped_at = time.monotonic()
        with drill.worker():
            drill.wait_for_state("finished", 90)
            # A lease outlasts any call, as a check of the settings demands; here it is shorter.
            time.sleep(max(0.0, stopped_at + LONGEST_EXCHANGE - time.monotonic()))
            sent = len(drill.remote.sent())
            stopped.send_signal(signal.SIGCONT)
            wait_until(lambda: drill.kinds().get("cancel.answered_late"), 30)
            time.sleep(3)
            drill.check_invariants(workers=2)
    assert len(drill.remote.sent()) == sent
    assert drill.states() == {"cancelled": 270}
