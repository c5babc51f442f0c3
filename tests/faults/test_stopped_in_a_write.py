"""A worker that the system stops while it holds rows, for which all others wait."""

import signal
import time

import pytest

pytestmark = pytest.mark.drill


def stop_in_a_write(drill, process):
    """Stop it while it holds rows, and not only on its way out."""
    for _ in range(200):
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        if drill.is_database_held():
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("It was never found in a write.")


def test_it_is_an_outage_of_half_a_minute_until_the_database_has_broken_that_off(start, broker):
    drill = start(300, CELERY_BROKER_URL=broker.url, MEDIA_API_MAX_PER_SECOND="60")
    drill.remote.set(latency=0.3, cancel_delay=0.5)
    drill.confirm()
    with drill.working() as stopped:
        drill.wait_until_sent(60)
        stop_in_a_write(drill, stopped)
        with drill.worker():
            drill.wait_for_state("finished", 120)
            stopped.send_signal(signal.SIGCONT)
            time.sleep(3)
            drill.check_invariants(workers=2)
    assert drill.states() == {"cancelled": 270}
