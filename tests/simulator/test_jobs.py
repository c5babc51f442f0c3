"""A simulated job follows its plan."""

import pytest

from mediajobs.simulator import World
from tests.simulated import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(clock=clock)


def test_a_pending_job_starts_runs_and_ends_by_itself(world, clock):
    job = world.job(world.add_job(status="Pending", seconds_left=100))
    seen = [job.status]
    for _ in range(10):
        clock.advance(10)
        seen.append(job.status)
    assert seen == ["Pending"] * 3 + ["Running"] * 7 + ["Success"]


def test_progress_grows_while_a_job_runs_and_is_full_on_success(world, clock):
    job = world.job(world.add_job(seconds_left=100, submitted_ago=0))
    seen = [job.progress]
    for _ in range(4):
        clock.advance(25)
        seen.append(job.progress)
    assert seen == [0, 25, 50, 75, 100]


def test_a_running_job_without_an_end_runs_for_ever_and_never_shows_full_progress(world, clock):
    job = world.job(world.add_job())
    before = job.progress
    clock.advance(20 * 24 * 3600)
    assert job.status == "Running"
    assert before < job.progress < 100


def test_a_pending_job_without_an_end_waits_for_ever(world, clock):
    job = world.job(world.add_job(status="Pending"))
    clock.advance(20 * 24 * 3600)
    assert (job.status, job.progress) == ("Pending", 0)


def test_a_job_planned_to_fail_fails_short_of_full_progress(world, clock):
    job = world.job(world.add_job(seconds_left=100, ending="Failed"))
    clock.advance(100)
    assert job.status == "Failed"
    assert 0 < job.progress < 100


@pytest.mark.parametrize("word", ["Success", "Failed", "Cancelled", "InternalError", "Paused"])
def test_a_job_added_with_any_other_word_keeps_it(world, clock, word):
    job = world.job(world.add_job(status=word))
    assert job.status == word
    clock.advance(3600)
    assert job.status == word


def test_a_cancelled_job_keeps_the_progress_that_it_had(world, clock):
    job = world.job(world.add_job(seconds_left=100, submitted_ago=0))
    clock.advance(40)
    job.settle("Cancelled", clock())
    clock.advance(50)
    assert (job.status, job.progress) == ("Cancelled", 40)


def test_ids_are_lower_case_random_uuids_and_the_same_for_the_same_seed(clock):
    ids = [World(seed=seed, clock=clock).add_job() for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0] == ids[0].lower()
    assert ids[0][14] == "4"
