"""How a turn ends: also in the middle of what needs no request."""

import threading

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState
from mediajobs.services import cancel
from mediajobs.services.cancel.claim import SLICE


class StopAfterOneLook(threading.Event):
    """A sign to stop that is given while the first slice is claimed."""

    looks = 0

    def is_set(self):
        self.looks += 1
        return self.looks > 1


@pytest.fixture
def asked_by_another(make_job, batch_of):
    """A batch of several slices, all of whose jobs another one has asked for."""
    jobs = [make_job() for _ in range(3 * SLICE)]
    first, second = batch_of(*jobs), batch_of(*jobs)
    now = timezone.now()
    first.attempts.update(state=AttemptState.REQUESTED, sent_at=now, requested_at=now)
    return second


def test_a_turn_goes_through_all_that_waits_for_another_cancellation(asked_by_another):
    assert not cancel.run(asked_by_another, seconds=20, worker="test")
    assert asked_by_another.attempts.waiting().count() == 3 * SLICE


def test_a_worker_that_is_told_to_stop_sees_to_no_further_slice(asked_by_another):
    assert cancel.run(asked_by_another, seconds=20, worker="test", stop=StopAfterOneLook())
    assert asked_by_another.attempts.waiting().count() == SLICE
