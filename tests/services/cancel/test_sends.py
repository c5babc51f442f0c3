"""What counts as a send: only what may have been carried out uses up the budget of a job."""

import pytest

from mediajobs import remote
from mediajobs.models import AttemptState
from mediajobs.services import cancel, sync
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.judge import MOST_SENDS
from tests.services.cancel.steps import an_hour_later, only, run

#: Answers that promise that nothing was done.
NOT_CARRIED_OUT = ["cancel.throttle", "cancel.unauthorized", "cancel.gone"]


def meet(world, batch, fault):
    """Send once, meet this fault, and let everybody have waited afterwards."""
    world.fault_next(fault)
    run(batch)
    an_hour_later(batch)
    remote.forget()


def resumed(batch, operator):
    batch.refresh_from_db()
    cancel.resume(batch, by=operator)


def test_a_worker_that_dies_again_and_again_after_its_claim_gives_no_job_up(
    make_job, batch_of, world
):
    world.cancel_delay = 3600
    batch = batch_of(make_job())
    for _ in range(MOST_SENDS + 1):
        assert claim(batch, worker="dead")
        an_hour_later(batch)
        cancel.rescue()
        an_hour_later(batch)
        cancel.verify()
    assert (only(batch).state, only(batch).send_count) == (AttemptState.QUEUED, 1)
    assert not world.journal.cancels
    run(batch)
    assert only(batch).state == AttemptState.REQUESTED


@pytest.mark.parametrize("fault", NOT_CARRIED_OUT)
def test_a_request_that_was_not_carried_out_uses_up_no_budget(
    make_job, batch_of, world, operator, fault
):
    batch = batch_of(make_job())
    for _ in range(MOST_SENDS):
        meet(world, batch, fault)
        resumed(batch, operator)
    assert (only(batch).state, only(batch).send_count) == (AttemptState.QUEUED, 0)
    meet(world, batch, "cancel.reset")
    cancel.verify()
    assert (only(batch).state, only(batch).send_count) == (AttemptState.QUEUED, 1)


@pytest.mark.parametrize("fault", NOT_CARRIED_OUT)
@pytest.mark.parametrize("word", ["Cancelled", "Success"])
def test_a_job_that_ends_after_such_an_answer_alone_was_not_ended_by_us(
    make_job, batch_of, world, operator, fault, word
):
    batch = batch_of(make_job())
    meet(world, batch, fault)
    resumed(batch, operator)
    world.job(only(batch).remote_id).settle(word, 0)
    sync.refresh(only(batch).job)
    run(batch)
    assert only(batch).state == AttemptState.ALREADY_FINAL


@pytest.mark.parametrize("fault", NOT_CARRIED_OUT)
def test_what_an_earlier_lost_request_did_is_not_forgotten_for_such_an_answer(
    make_job, batch_of, world, operator, fault
):
    batch = batch_of(make_job())
    meet(world, batch, "cancel.reset")
    cancel.verify()
    meet(world, batch, fault)
    resumed(batch, operator)
    world.job(only(batch).remote_id).settle("Cancelled", 0)
    sync.refresh(only(batch).job)
    run(batch)
    assert only(batch).state == AttemptState.CANCELLED
