"""Answers that are made to hurt their reader."""

import pytest

from mediajobs.simulator.poison import POISONS

pytestmark = pytest.mark.drill

MOST_MEGABYTES = 400


def test_poisoned_answers_harm_neither_the_worker_nor_the_record(start):
    drill = start(150, MEDIA_API_MAX_PER_SECOND="30")
    drill.remote.set(cancel_delay=0.5, faults=dict.fromkeys(POISONS, 0.15))
    drill.confirm()
    with drill.working() as worker:
        drill.wait_until_sent(120)
        drill.remote.set(faults={})
        drill.wait_for_state("finished", 120)
        drill.check_invariants()
        assert drill.peak_memory(worker) < MOST_MEGABYTES
    met = {entry.fault for entry in drill.remote.requests()}
    assert set(POISONS) <= met
    assert drill.states() == {"cancelled": 135}
