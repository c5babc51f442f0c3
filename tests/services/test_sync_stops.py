"""Walks and sweeps of a worker that is told to end: they leave after the page in hand."""

import sys
import time
from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from mediajobs import tasks
from mediajobs.models import Discovery, Job
from mediajobs.services import sync
from mediajobs.services.sync.refresh import READERS
from mediajobs.simulator.world import World
from tests.conftest import API_URL, AUTH_URL
from tests.simulated import serve_through_responses

pytestmark = pytest.mark.django_db

#: The page in hand, and the next one, which is under way meanwhile.
AT_ONCE = 2


class EndingWorld(World):
    """A remote at whose first call (or first look at one job) the worker is told to end."""

    stop, at_look = None, False

    def handle(self, method, path, query, headers, body=b""):
        if self.stop and ("job_id" in query) == self.at_look:
            self.stop.set()
        return super().handle(method, path, query, headers, body)


@pytest.fixture
def world(network):
    world = EndingWorld(seed=1, token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    return world


@pytest.fixture
def many(world):
    """So many running jobs as fill five pages of the list."""
    for place in range(500):
        world.add_job(submitted_ago=60 + place)


def calls_until_the_end(world, work):
    """Do the work until it has heard; return the number of calls."""
    before, world.stop = len(world.journal), Event()
    work(world.stop)
    world.stop = None
    return len(world.journal) - before


def test_a_walk_leaves_after_the_page_in_hand_and_the_next_goes_on_from_there(world, many):
    assert calls_until_the_end(world, lambda stop: sync.look_for_new(stop=stop)) <= AT_ONCE
    assert 100 <= Job.objects.count() <= 200
    assert Discovery.objects.get().lease_expires_at is None
    sync.look_for_new()
    assert Job.objects.count() == 500


def test_a_sweep_leaves_after_the_page_in_hand_and_takes_nothing_for_gone(world, many):
    sync.look_for_new()
    Job.objects.update(checked_at=None)
    assert calls_until_the_end(world, lambda stop: sync.refresh_active(stop=stop)) <= AT_ONCE
    assert Job.objects.filter(checked_at=None).count() >= 300


def test_looks_at_jobs_end_with_those_under_way(world):
    path, source = "/media/transcode", "file"
    Job.objects.bulk_create(
        Job(remote_id=f"never-read-{place}", path=path, source=source) for place in range(100)
    )
    world.at_look = True
    sweeps = 2
    calls = calls_until_the_end(world, lambda stop: sync.refresh_active(stop=stop))
    assert calls <= sweeps + READERS


class SlowWorld(World):
    """A remote that takes its time for a look at one job and, once told to, for a page."""

    list_seconds = 0.0

    def handle(self, method, path, query, headers, body=b""):
        time.sleep(0.1 if "job_id" in query else self.list_seconds)
        return super().handle(method, path, query, headers, body)


@pytest.fixture
def slow(network, monkeypatch):
    """A slow remote, which the looks after a sweep may wait for only shortly."""
    monkeypatch.setattr(sys.modules[sync.refresh_active.__module__], "LOOK_SECONDS", 0.3)
    world = SlowWorld(seed=1, token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    return world


def test_slow_looks_at_jobs_end_with_their_time(slow):
    path, source = "/media/transcode", "file"
    Job.objects.bulk_create(
        Job(remote_id=f"never-read-{place}", path=path, source=source) for place in range(100)
    )
    sync.refresh_active()
    looks = [entry for entry in slow.journal if entry.job_id]
    assert 1 <= len(looks) <= 4 + READERS


def test_jobs_whose_looks_took_all_their_time_have_the_times_of_their_end(slow, monkeypatch):
    for _ in range(3):
        slow.add_job()
    list(sync.discover())
    for job in slow.jobs.values():
        job.settle("Failed", slow.clock() - 5)
    Job.objects.update(checked_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(sys.modules[sync.refresh_active.__module__], "LOOK_SECONDS", 0.05)
    sync.refresh_active()
    assert Job.objects.filter(status="failed").count() == 3
    assert Job.objects.exclude(completed_at=None).exists()


def test_slow_pages_of_the_list_in_which_jobs_are_looked_up_end_with_their_time(slow):
    for place in range(1000):
        slow.add_job(submitted_ago=60 + place)
    list(sync.discover())
    for job in slow.jobs.values():
        job.settle("Failed", 0)
    Job.objects.update(checked_at=None)
    before, slow.list_seconds, sweeps = len(slow.journal), 0.2, 2
    assert sync.refresh_active(most=1000) >= 100
    assert len(slow.journal) - before <= sweeps + 3


def test_the_tasks_of_a_worker_that_ends_leave_so_too(world, many):
    tasks.stopping.set()
    try:
        tasks.discover_app(None)
        tasks.refresh_app(None)
    finally:
        tasks.stopping.clear()
    assert len(world.journal) <= 2 * AT_ONCE
