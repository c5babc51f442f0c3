"""The active jobs are brought up to date: all that changed, and with few calls."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import Heartbeat, Job
from mediajobs.services import sync
from mediajobs.simulator.replies import problem
from mediajobs.simulator.world import World
from tests.conftest import API_URL, AUTH_URL
from tests.simulated import serve_through_responses

pytestmark = pytest.mark.django_db


def discover():
    """Take all jobs of the remote in."""
    list(sync.discover())


def time_passes():
    """Let all jobs have been read half a minute ago."""
    Job.objects.update(checked_at=timezone.now() - timedelta(seconds=30))


def end_all(world):
    for job in world.jobs.values():
        job.settle("Cancelled", world.clock())


def statuses():
    return set(Job.objects.values_list("status", flat=True))


def test_a_row_that_did_not_change_is_not_written(world):
    for _ in range(3):
        world.add_job()
    discover()
    Job.objects.update(label="as it was")
    before = list(Job.objects.order_by("pk").values())
    sync.refresh_active()
    assert list(Job.objects.order_by("pk").values()) == before


def test_a_length_of_media_that_is_told_to_the_microsecond_is_no_news_of_its_own(world):
    job_id = world.add_job(seconds_left=0.0)
    world.job(job_id).media_seconds = 12.345678
    discover()
    before = list(Job.objects.values())
    discover()
    assert list(Job.objects.values()) == before


def test_a_row_that_was_not_read_for_a_minute_is_written_to_say_that_it_was(world):
    world.add_job()
    discover()
    Job.objects.update(checked_at=timezone.now() - timedelta(minutes=2))
    sync.refresh_active()
    assert timezone.now() - Job.objects.get().checked_at < timedelta(minutes=1)


def test_a_job_that_left_both_sweeps_is_looked_up_and_not_guessed(world):
    job_id, other = world.add_job(), world.add_job()
    discover()
    time_passes()
    world.job(job_id).settle("Failed", 0)
    sync.refresh_active()
    assert Job.objects.get(remote_id=job_id).status == "failed"
    assert Job.objects.get(remote_id=other).status == "running"
    looks = [entry for entry in world.journal if entry.job_id]
    assert [entry.job_id for entry in looks] == [job_id]


def test_a_job_that_ended_has_its_times_though_a_status_call_tells_none(world):
    job_id = world.add_job()
    discover()
    time_passes()
    world.job(job_id).settle("Failed", world.clock() - 5)
    sync.refresh_active()
    job = Job.objects.get()
    assert (job.status, bool(job.error)) == ("failed", True)
    assert job.completed_at is not None


def test_ids_that_were_never_read_keep_no_known_job_waiting(world):
    job_id = world.add_job()
    discover()
    time_passes()
    path, source = "/media/transcode", "file"
    Job.objects.bulk_create(
        Job(remote_id=f"never-read-{place}", path=path, source=source) for place in range(50)
    )
    world.job(job_id).settle("Failed", 0)
    sync.refresh_active(most=10)
    assert Job.objects.get(remote_id=job_id).status == "failed"
    assert Job.objects.filter(missing_at__isnull=False).count() == 10


def test_known_jobs_keep_no_id_that_was_never_read_waiting(world):
    for _ in range(20):
        world.add_job(seconds_left=0.0)
    discover()
    Job.objects.update(status="running", checked_at=timezone.now() - timedelta(seconds=30))
    Job.objects.create(remote_id="never-read-1", path="/media/transcode", source="file")
    sync.refresh_active(most=10)
    assert Job.objects.get(remote_id="never-read-1").missing_at


def test_many_jobs_that_end_together_are_all_known_after_one_sweep(world):
    for place in range(1200):
        world.add_job(submitted_ago=place)
    discover()
    time_passes()
    end_all(world)
    before = len(world.journal)
    assert sync.refresh_active() == 1200
    assert statuses() == {"cancelled"}
    assert len(world.journal) - before <= 2 + 12 + 3


class CurtWorld(World):
    """A remote whose list does not tell when a job ended."""

    def handle(self, method, path, query, headers, body=b""):
        reply = super().handle(method, path, query, headers, body)
        page = json.loads(reply.body)
        for row in page.get("jobs", []):
            row.pop("time_completed", None)
        reply.body = json.dumps(page).encode()
        return reply


def test_times_that_the_list_does_not_tell_are_not_asked_of_it_again_job_by_job(network):
    world = CurtWorld(token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    for _ in range(50):
        world.add_job()
    discover()
    time_passes()
    end_all(world)
    before = len(world.journal)
    sync.refresh_active()
    assert statuses() == {"cancelled"}
    assert len(world.journal) - before == 3


def test_a_list_that_fails_is_not_asked_for_the_times_of_each_job(world):
    for _ in range(20):
        world.add_job()
    discover()
    end_all(world)
    world.faults = {"jobs.error": 1.0}
    before = len(world.journal)
    assert len(sync.refresh_many(list(Job.objects.all()))) == 20
    assert len(world.journal) - before == 3 + 20 + 3


class OtherApps(World):
    """A remote where some jobs are of another app: it refuses our credentials for them."""

    foreign = frozenset()

    def handle(self, method, path, query, headers, body=b""):
        if query.get("job_id") in self.foreign:
            return problem(403, "Forbidden", "The job is of another app.", path)
        return super().handle(method, path, query, headers, body)


@pytest.fixture
def other_apps(network):
    world = OtherApps(token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    return world


def make_jobs(world, count):
    """Record jobs of which the panel knows no more than ids, as from a file."""
    ids = [world.add_job() for _ in range(count)]
    path, source = "/media/transcode", "file"
    Job.objects.bulk_create(Job(remote_id=each, path=path, source=source) for each in ids)
    return ids


def test_a_job_that_we_may_not_read_keeps_no_other_from_being_read(other_apps):
    ids = make_jobs(other_apps, 40)
    other_apps.foreign = set(ids[:3])
    assert len(sync.refresh_many(list(Job.objects.order_by("pk")))) == 37
    assert Heartbeat.objects.get(name="remote").failing_since is None


def test_many_jobs_that_we_may_not_read_keep_no_other_unread_for_ever(other_apps):
    ids = make_jobs(other_apps, 100)
    other_apps.foreign = set(ids[:80])
    for _ in range(20):
        sync.refresh_many(list(Job.objects.filter(checked_at=None).order_by("pk")))
    assert set(Job.objects.exclude(checked_at=None).values_list("remote_id", flat=True)) == set(
        ids[80:]
    )
