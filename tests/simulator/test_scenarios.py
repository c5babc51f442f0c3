"""The ready-made worlds keep their promises."""

from collections import Counter

from mediajobs.simulator import scenarios
from tests.simulated import Clock
from tests.simulator.asking import cancel, get


def statuses(world):
    return Counter(job.status for job in world.jobs.values())


def test_the_demo_shows_every_path_and_status():
    world = scenarios.demo(clock=Clock())
    assert len(world.jobs) == 600
    assert len(statuses(world)) == 6
    assert len({job.path for job in world.jobs.values()}) == 8


def test_the_demo_moves_on_by_itself():
    clock = Clock()
    world = scenarios.demo(clock=clock)
    before = statuses(world)
    clock.advance(3600)
    get(world)
    assert len(world.jobs) == 600 + 180
    assert statuses(world)["Success"] > before["Success"]
    assert statuses(world)["Failed"] > before["Failed"]


def test_three_hundred_jobs_of_the_demo_can_be_cancelled_even_hours_later():
    clock = Clock()
    world = scenarios.demo(clock=clock)
    clock.advance(6 * 3600)
    running = [job for job in world.jobs.values() if job.status in {"Running", "Pending"}][:300]
    assert {cancel(world, job.job_id).status for job in running} == {200}
    clock.advance(2)
    assert Counter(job.status for job in running) == {"Cancelled": 300}


def test_the_same_seed_makes_the_same_demo():
    clock = Clock()
    first, again, other = (scenarios.demo(seed=seed, clock=clock) for seed in (1, 1, 2))
    assert list(first.jobs) == list(again.jobs) != list(other.jobs)


def test_active_jobs_stay_active():
    clock = Clock()
    world = scenarios.active(count=100, clock=clock)
    clock.advance(20 * 24 * 3600)
    assert statuses(world) == {"Running": 90, "Pending": 10}
