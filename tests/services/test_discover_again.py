"""Walks that break off: the next one goes on without a gap, and nobody waits for the dead."""

import json
from datetime import timedelta
from itertools import islice

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from mediajobs.models import Discovery, Job
from mediajobs.remote import MediaError
from mediajobs.services import sync
from mediajobs.services.sync.window import begin
from mediajobs.simulator.world import World
from tests.conftest import API_URL, AUTH_URL
from tests.running import wait_until
from tests.simulated import serve_through_responses

pytestmark = pytest.mark.django_db


@pytest.fixture
def minutes(world):
    """Jobs of 250 minutes, on three pages."""
    for place in range(250):
        world.add_job(submitted_ago=60 * place)


def discover():
    """Walk once; return the last state."""
    return list(sync.discover_new())[-1]


def at_work(match="is at work"):
    """Expect that another walk is in the way."""
    return pytest.raises(sync.AnotherWalk, match=match)


def break_off(pages):
    """Walk so far, and no farther."""
    walk = sync.discover_new()
    states = list(islice(walk, pages))
    walk.close()
    return states[-1]


def known():
    return set(Job.objects.values_list("remote_id", flat=True))


def lists(world):
    """What was asked of the list, each page once."""
    return [entry for entry in world.journal if entry.path == "/media/jobs"]


@pytest.mark.usefixtures("minutes")
def test_a_walk_that_the_remote_breaks_off_goes_on_from_there(world):
    walk = sync.discover_new()
    next(walk)
    wait_until(lambda: len(lists(world)) == 2, 5)
    world.fault_next(*["jobs.error"] * 3)
    with pytest.raises(MediaError):
        list(walk)
    assert "failed" in Discovery.objects.get().problem
    assert len(known()) == 200
    world.add_job(submitted_ago=0)
    before = len(lists(world))
    state = discover()
    assert known() == set(world.jobs)
    assert (state.new_count, state.problem) == (51, "")
    assert len(lists(world)) - before == 2


@pytest.mark.parametrize("is_first", [True, False])
def test_a_walk_that_breaks_off_ever_again_comes_to_its_end(world, is_first):
    """Each run finds what is new and gets one page farther."""
    if not is_first:
        world.add_job(submitted_ago=120 * 1000)
        discover()
        Discovery.objects.update(ended_at=timezone.now() - timedelta(seconds=120 * 1000))
    for place in range(1000):
        world.add_job(submitted_ago=120 * place)
    break_off(1)
    for _ in range(8):
        assert Discovery.objects.get().reached_at
        world.add_job(submitted_ago=0)
        break_off(2)
    before = len(lists(world))
    discover()
    assert known() == set(world.jobs)
    assert Discovery.objects.get().reached_at is None
    assert len(lists(world)) - before <= 4


def test_jobs_of_the_very_second_in_which_a_walk_broke_off_are_found(world):
    for place in range(150):
        world.add_job(submitted_ago=60 * place)
    for _ in range(200):
        world.add_job(submitted_ago=36_000.5)
    break_off(2)
    discover()
    assert known() == set(world.jobs)


def test_what_came_meanwhile_is_found_though_that_walk_breaks_off_too(world):
    for place in range(250):
        world.add_job(submitted_ago=36_000 + 60 * place)
    break_off(1)
    for place in range(250):
        world.add_job(submitted_ago=60 * place)
    break_off(2)
    discover()
    assert known() == set(world.jobs)


def test_a_later_walk_that_breaks_off_leaves_no_gap_either(world):
    world.add_job(submitted_ago=86_400)
    discover()
    for place in range(350):
        world.add_job(submitted_ago=60 * place)
    break_off(1)
    discover()
    assert known() == set(world.jobs)


def test_what_the_remote_has_forgotten_meanwhile_is_not_asked_for(world):
    world.add_job(submitted_ago=60)
    long_ago = timezone.now() - timedelta(days=40)
    about = {"newest_at": timezone.now(), "since": long_ago, "reached_at": long_ago}
    Discovery.objects.create(app="settings", **about)
    discover()
    assert len(lists(world)) == 1
    assert known() == set(world.jobs)


class WrongWorld(World):
    """A remote that tells of the last job on each page that it is very old."""

    def handle(self, method, path, query, headers, body=b""):
        reply = super().handle(method, path, query, headers, body)
        page = json.loads(reply.body)
        page["jobs"][-1]["time_submitted"] = "2001-01-01T00:00:00Z"
        reply.body = json.dumps(page).encode()
        return reply


def test_a_time_before_the_walk_s_own_makes_the_next_one_skip_nothing(network):
    world = WrongWorld(token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    for place in range(250):
        world.add_job(submitted_ago=60 * place)
    break_off(1)
    discover()
    assert known() == set(world.jobs)


class StrayWorld(World):
    """A remote that tells of a job amid each page that it is of another time."""

    stray = "2001-01-01T00:00:00Z"

    def handle(self, method, path, query, headers, body=b""):
        reply = super().handle(method, path, query, headers, body)
        page = json.loads(reply.body)
        for row in page["jobs"][50:51]:
            row["time_submitted"] = self.stray
        reply.body = json.dumps(page).encode()
        return reply


@pytest.mark.parametrize("days", [-20, 0])
def test_a_row_that_is_out_of_order_makes_the_next_walk_skip_nothing(network, days):
    world = StrayWorld(token="test-token")
    world.stray = (timezone.now() + timedelta(days=days)).isoformat()
    serve_through_responses(network, world, API_URL, AUTH_URL)
    for place in range(350):
        world.add_job(submitted_ago=3600 + 60 * place)
    for _ in range(2):
        break_off(2)
    discover()
    assert known() == set(world.jobs)


@pytest.mark.usefixtures("minutes")
def test_new_jobs_are_found_while_an_old_page_cannot_be_read(world):
    break_off(1)
    new = world.add_job(submitted_ago=0)
    world.fault_next("jobs.slow", *["jobs.error"] * 3)
    with pytest.raises(MediaError):
        discover()
    assert new in known()
    assert Discovery.objects.get().reached_at


@pytest.mark.usefixtures("minutes")
def test_a_walk_whose_worker_died_is_taken_over_when_its_lease_has_run_out(world):
    silent = sync.discover_new()
    next(silent)
    with at_work():
        discover()
    Discovery.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    discover()
    assert known() == set(world.jobs)


@pytest.mark.usefixtures("minutes")
def test_a_walk_that_was_taken_over_writes_nothing_more(world):
    slow = sync.discover_new()
    next(slow)
    Discovery.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    taken_over, _ = begin(None)
    with at_work("has taken over"):
        next(slow)
    state = Discovery.objects.get()
    assert (state.begun_at, state.job_count) == (taken_over.begun_at, 0)
    assert state.is_at_work


def test_of_two_walks_at_once_one_works_and_the_other_says_so(world):
    world.add_job()
    walk = sync.discover_new()
    next(walk)
    with at_work():
        discover()
    list(walk)
    assert discover().job_count == 1


@pytest.mark.usefixtures("minutes")
@pytest.mark.parametrize("end", [KeyboardInterrupt, GeneratorExit, OperationalError])
def test_a_walk_that_ends_in_whatever_way_keeps_nobody_waiting(world, end):
    walk = sync.discover_new()
    next(walk)
    with pytest.raises(end):
        walk.throw(end)
    discover()
    assert known() == set(world.jobs)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_walk_whose_page_cannot_be_stored_keeps_nobody_waiting(world):
    world.add_job()

    def refuse(execute, sql, *arguments):
        if sql.startswith("INSERT") and Job._meta.db_table in sql:
            raise OperationalError("the disk is full")
        return execute(sql, *arguments)

    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        discover()
    assert discover().new_count == 1


def test_a_walk_that_nobody_wants_any_more_keeps_nobody_waiting(world):
    world.populate(250)
    for _ in sync.discover_new():
        break
    discover()
    assert known() == set(world.jobs)
