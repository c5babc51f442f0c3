"""A small cancellation beside a large one: it starts within seconds and is not starved."""

import json
from datetime import UTC, datetime

import pytest

from tests.running import wait_until

pytestmark = pytest.mark.drill
LARGE, SMALL = 56_000, 10  # nine in ten are running


def test_a_batch_of_ten_starts_within_seconds_beside_one_of_fifty_thousand(start):
    drill = start(LARGE, MEDIA_API_MAX_PER_SECOND="50")
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    waiting = [job for job, status in drill.remote.statuses().items() if status == "Pending"]
    small = waiting[:SMALL]
    with drill.working():
        drill.confirm()
        drill.wait_until_sent(100)
        words = ("cancel_jobs", *small, "--reason", "It hangs.", "--json")
        batch = json.loads(drill.panel.manage(*words))["batch"]
        wait_until(lambda: len(of(small, drill.remote.sent())) == SMALL, 60)
        (large_state,) = [each["state"] for each in drill.batches() if each["id"] != batch]
        # To see where jobs stand, the list of all is read, at the pace that the cancels share.
        drill.check_going_on(patience=120)
    first = min(entry.at for entry in of(small, drill.remote.sent()))
    assert 0 < first - confirmed_at(drill, batch) < 5
    assert large_state == "running", "the large one must still be going on"
    assert drill.states()["queued"] > 45_000


def confirmed_at(drill, batch):
    ((moment,),) = drill.rows(f"SELECT confirmed_at FROM mediajobs_cancelbatch WHERE id = {batch}")
    moment = datetime.fromisoformat(str(moment))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def of(jobs, entries):
    return [entry for entry in entries if entry.job_id in jobs]
