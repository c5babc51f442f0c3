"""Jobs that cannot be read, though the remote answers: they keep nobody from the others."""

import json
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import Heartbeat, Job
from mediajobs.remote import connect
from mediajobs.services import sync
from mediajobs.services.sync.refresh import READERS
from mediajobs.services.sync.report import set_aside
from mediajobs.simulator.world import World
from tests.conftest import API_URL, AUTH_URL
from tests.simulated import serve_through_responses

pytestmark = pytest.mark.django_db

ANSWERS = {
    "gateway's 404": (404, {"message": "Not Found"}),
    "rejected": (400, {"status": 400, "title": "Bad id"}),
    "forbidden": (403, {"status": 403, "title": "Not yours"}),
    "unreadable": (200, ["webhook"]),
    "failing": (500, {"status": 500, "title": "It broke"}),
}


class PickyWorld(World):
    """A remote that says something odd of jobs whose id begins with “odd”."""

    said = ANSWERS["rejected"]

    def handle(self, method, path, query, headers, body=b""):
        reply = super().handle(method, path, query, headers, body)
        if query.get("job_id", "").startswith("odd"):
            reply.status, said = self.said
            reply.body = json.dumps(said).encode()
        return reply

    @property
    def looks(self):
        """The ids that were asked for one by one."""
        return [entry.job_id for entry in self.journal if entry.job_id]


@pytest.fixture
def world(network):
    world = PickyWorld(seed=1, token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    return world


def odd_jobs(count):
    path, source = "/media/transcode", "file"
    rows = (Job(remote_id=f"odd-{place:05}", path=path, source=source) for place in range(count))
    Job.objects.bulk_create(rows)


def is_failing():
    return Heartbeat.objects.get(name="remote").failing_since is not None


def let_pass(**time):
    """Move all that stands in the rows back by a time."""
    for job in Job.objects.all():
        for name in ("checked_at", "recorded_at", "look_again_at"):
            moment = getattr(job, name)
            setattr(job, name, moment and moment - timedelta(**time))
        job.save()


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_a_job_that_cannot_be_read_says_nothing_of_the_app_whose_list_can(world, said):
    world.said = said
    odd_jobs(1)
    sync.refresh_active()
    assert world.looks
    assert not is_failing()


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_many_jobs_that_cannot_be_read_say_nothing_of_the_app_and_keep_no_other_waiting(
    world, said
):
    world.said = said
    odd_jobs(20)
    for _ in range(10):
        sync.refresh_active()
        assert not is_failing()
        assert not connect().pacing.snapshot().reads_open
    assert len(set(world.looks)) == 20


def test_looks_that_fail_one_after_another_say_nothing_of_the_app_whose_list_was_read(
    world, monkeypatch
):
    world.said = ANSWERS["failing"]
    path, source = "/media/transcode", "file"
    Job.objects.bulk_create(
        Job(remote_id=f"never-read-{place}", path=path, source=source) for place in range(READERS)
    )
    odd_jobs(100)
    monkeypatch.setattr(random, "sample", lambda jobs, count: sorted(jobs, key=lambda job: job.pk))
    sync.refresh_active()
    assert connect().pacing.snapshot().reads_open
    assert not is_failing()


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_ids_that_cannot_be_read_keep_no_id_that_was_never_read_waiting(world, said):
    world.said = said
    odd_jobs(4)
    Job.objects.create(remote_id="never-read-1", path="/media/transcode", source="file")
    for _ in range(5):
        sync.refresh_active(most=2)
    assert Job.objects.get(remote_id="never-read-1").missing_at
    assert set(world.looks) == {*(f"odd-{place:05}" for place in range(4)), "never-read-1"}


def test_a_job_that_cannot_be_read_is_asked_for_ever_more_seldom(world):
    odd_jobs(1)
    for _ in range(6 * 60):
        let_pass(seconds=10)
        sync.refresh_active()
    assert 5 <= len(world.looks) <= 12


def test_a_job_that_cannot_be_read_for_the_first_time_is_asked_for_again_soon(world):
    odd_jobs(1)
    Job.objects.update(recorded_at=timezone.now() - timedelta(days=20))
    sync.refresh_active()
    let_pass(seconds=11)
    sync.refresh_active()
    assert len(world.looks) == 2
    let_pass(seconds=11)
    sync.refresh_active()
    assert len(world.looks) == 2


def test_a_job_set_aside_is_asked_for_within_the_hour_however_long_it_was_not_read(world):
    odd_jobs(1)
    Job.objects.update(recorded_at=timezone.now() - timedelta(days=20))
    for _ in range(3):
        sync.refresh_active()
        let_pass(minutes=61)
    assert len(world.looks) == 3


def test_a_job_that_can_be_read_again_is_looked_up_as_soon_as_any_other(world):
    job_id = world.add_job()
    list(sync.discover())
    Job.objects.update(look_again_at=timezone.now() + timedelta(hours=1))
    sync.refresh(Job.objects.get())
    world.job(job_id).settle("Failed", 0)
    let_pass(seconds=10)
    sync.refresh_active()
    assert Job.objects.get().status == "failed"


def test_while_nothing_of_the_app_can_be_read_no_job_is_set_aside(world):
    odd_jobs(3)
    assert sync.refresh_many(list(Job.objects.all())) == set()
    assert not Job.objects.exclude(look_again_at=None).exists()


def test_a_job_that_somebody_else_has_read_meanwhile_is_not_set_aside(make_job):
    here = make_job()
    Job.objects.update(checked_at=timezone.now())
    set_aside([here], timezone.now())
    here.refresh_from_db()
    assert here.look_again_at is None
