"""Keeping jobs as the remote tells them."""

import json
from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from mediajobs.models import Heartbeat, Job, JobStatus
from mediajobs.remote import HeldBack, MediaError, Unclear, parse_report
from mediajobs.services import sync
from mediajobs.services.sync.looks import MOST_REFUSALS
from mediajobs.services.sync.refresh import READERS
from mediajobs.simulator.world import World
from tests.conftest import API_URL, AUTH_URL
from tests.running import wait_until
from tests.simulated import serve_through_responses

NOW = timezone.now()


def report(job, status, **facts):
    """The remote's news of a job, as a row of its list."""
    return parse_report({"job_id": job.remote_id, "path": job.path, "status": status, **facts})


def fresh(job):
    return Job.objects.get(pk=job.pk)


def heard_in_every_order(news):
    """Tell a job the same news in all orders; return the job after each of them."""
    for order in permutations(news):
        job = Job(remote_id="0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44", path="/media/transcode")
        for read_at, facts in order:
            sync.apply_report(job, report(job, **facts), read_at=read_at)
        yield job


def test_the_newest_news_wins_whatever_order_it_comes_in():
    news = [
        (NOW + timedelta(seconds=second), {"status": "Running", "progress": second * 20})
        for second in range(5)
    ]
    for job in heard_in_every_order(news):
        assert job.progress == 80
        assert job.checked_at == NOW + timedelta(seconds=4)


def test_a_final_status_never_goes_back_in_any_order():
    words = ["Pending", "Running", "Running", "Success", "Running"]
    news = [
        (NOW + timedelta(seconds=second), {"status": word}) for second, word in enumerate(words)
    ]
    for job in heard_in_every_order(news):
        assert (job.status, job.reported_status) == (JobStatus.SUCCESS, "Success")


@pytest.mark.parametrize("word", ["Cancelling", "success", "Succeeded", "<b>Success</b>", "完了"])
def test_an_unknown_word_is_kept_as_it_came_and_is_no_success(make_job, word):
    job = make_job()
    sync.store([report(job, word)], read_at=timezone.now())
    assert (fresh(job).status, fresh(job).reported_status) == (JobStatus.UNKNOWN, word)
    assert fresh(job).status_words == word


def test_what_a_report_leaves_out_keeps_the_value_it_had(make_job):
    job = make_job()
    sync.store([report(job, "Running", progress=40, api_version="v1.7")], read_at=timezone.now())
    sync.store([report(job, "Running")], read_at=timezone.now())
    assert (fresh(job).progress, fresh(job).api_version) == (40, "v1.7")


def test_a_report_without_a_status_does_not_unsay_the_one_before(make_job):
    job = make_job()
    sync.store([report(job, None)], read_at=timezone.now())
    assert fresh(job).status == JobStatus.RUNNING


def test_the_whole_list_is_walked_into_an_empty_table(world, db):
    world.populate(250)
    found = sum(new for _, new in sync.discover())
    assert found == Job.objects.count() == len(world.jobs)
    assert not Job.objects.filter(status=JobStatus.UNKNOWN).exists()
    assert not Job.objects.filter(submitted_at=None).exists()


def test_walking_the_list_twice_adds_nothing(world, db):
    world.populate(150)
    list(sync.discover())
    assert sum(new for _, new in sync.discover()) == 0


def test_a_list_that_breaks_off_keeps_the_pages_read_by_then(world, db):
    world.populate(250)
    pages = sync.discover()
    next(pages)
    wait_until(lambda: len(world.journal) == 2, 5)
    world.faults = {"error": 1.0}
    with pytest.raises(MediaError):
        list(pages)
    assert Job.objects.count() == 200


def test_a_wrong_path_is_corrected_by_the_list(make_job):
    job = make_job("/media/enhance")
    Job.objects.update(path="/media/transcode")
    list(sync.discover())
    assert fresh(job).path == "/media/enhance"


def test_refreshing_says_what_is_new(make_job, world):
    job = make_job()
    world.job(job.remote_id).settle("Failed", 0)
    assert sync.refresh(job) == ""
    assert job.status == JobStatus.FAILED


def test_refreshing_an_unknown_job_says_so_and_keeps_what_was_known(make_job, world):
    job = make_job()
    del world.jobs[job.remote_id]
    assert "/media/transcode" in sync.refresh(job)
    assert job.status == JobStatus.RUNNING
    assert job.missing_at is not None


def test_refreshing_while_the_remote_is_down_says_so(make_job, network):
    job = make_job()
    network.reset()
    assert sync.refresh(job)
    assert job.status == JobStatus.RUNNING


def test_the_active_jobs_are_swept_and_the_ones_that_left_are_looked_up(make_job, world):
    staying, ended = make_job(), make_job()
    Job.objects.update(checked_at=timezone.now() - timedelta(minutes=1))
    world.job(ended.remote_id).settle("Success", 0)
    assert sync.refresh_active() == 1
    assert fresh(staying).status == JobStatus.RUNNING
    assert fresh(ended).status == JobStatus.SUCCESS


def test_one_unreadable_job_does_not_hide_the_others(make_job, world):
    jobs = [make_job() for _ in range(5)]
    for job in jobs:
        world.job(job.remote_id).settle("Success", 0)
    world.fault_next("garbage")
    assert len(sync.refresh_many(jobs)) == 4
    assert Job.objects.final().count() == 4


def test_after_some_refusals_of_the_credentials_no_other_job_is_asked_for(make_job, world):
    jobs = [make_job() for _ in range(100)]
    world.static_token = "another"
    assert sync.refresh_many(jobs) == set()
    assert len(world.journal) <= MOST_REFUSALS + READERS
    sync.refresh_active()
    assert Heartbeat.objects.get(name="remote").failing_since is not None


def test_a_call_that_got_no_answer_does_not_show_that_the_credentials_are_good(make_job, world):
    jobs = [make_job() for _ in range(100)]
    world.faults = {"status.unauthorized": 1.0}
    world.fault_next(*["status.error"] * 3)
    assert sync.refresh_many(jobs) == set()
    assert len(world.journal) <= MOST_REFUSALS + READERS + 3


def test_many_jobs_are_found_in_the_list_with_few_calls(world, db):
    world.populate(300)
    list(sync.discover())
    before = len(world.journal)
    jobs = list(Job.objects.all()[:200])
    assert len(sync.refresh_many(jobs)) == 200
    assert len(world.journal) - before == 2


class DoublingWorld(World):
    """A remote whose list names each job of a page twice."""

    def handle(self, method, path, query, headers, body=b""):
        reply = super().handle(method, path, query, headers, body)
        if path == "/media/jobs":
            page = json.loads(reply.body)
            page["jobs"] += page["jobs"]
            reply.body = json.dumps(page).encode()
        return reply


def test_a_list_that_names_a_job_twice_is_read_all_the_same(network, db):
    world = DoublingWorld(token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    world.populate(30)
    list(sync.discover())
    assert Job.objects.count() == 30
    assert len(sync.refresh_many(list(Job.objects.all()))) == 30


def test_a_job_deleted_while_it_is_read_is_said_to_be_gone(make_job):
    job = make_job()
    Job.objects.filter(pk=job.pk).delete()
    assert sync.refresh(job) == "This job was deleted from the panel meanwhile."


def test_a_healthy_answer_ends_the_note_of_failing(make_job, world):
    job = make_job()
    world.fault_next("error")
    sync.refresh_many([job])
    assert Heartbeat.objects.get(name="remote").failing_since is not None
    sync.refresh_many([job])
    assert Heartbeat.objects.get(name="remote").failing_since is None


REJECTED_LISTS = ["jobs.redirect", "jobs.gone"]


def listed_jobs(world):
    """Jobs of which the panel knows when they were submitted: it looks for them in the list."""
    world.populate(20)
    list(sync.discover())
    return list(Job.objects.all())


def is_failing():
    return Heartbeat.objects.get(name="remote").failing_since is not None


@pytest.mark.parametrize("fault", REJECTED_LISTS)
@pytest.mark.parametrize("work", [sync.refresh_active, sync.look_for_new])
def test_an_app_whose_list_is_refused_is_not_said_to_answer(world, db, fault, work):
    work()
    assert not is_failing()
    world.faults = {fault: 1.0}
    work()
    assert is_failing()


@pytest.mark.parametrize("fault", REJECTED_LISTS)
def test_a_list_that_is_refused_is_no_failure_where_the_jobs_can_be_read_nor_is_it_mended(
    world, db, fault
):
    jobs = listed_jobs(world)
    sync.refresh_active()
    world.faults = {fault: 1.0}
    assert len(sync.refresh_many(jobs)) == 20
    assert not is_failing()
    sync.refresh_active()
    assert len(sync.refresh_many(jobs)) == 20
    assert is_failing()


def test_a_list_that_is_refused_is_a_failure_where_no_job_can_be_read(world, db):
    jobs = listed_jobs(world)
    world.faults = {"jobs.redirect": 1.0, "status.unauthorized": 1.0}
    assert sync.refresh_many(jobs) == set()
    assert is_failing()


def test_our_own_pacing_is_no_failure_of_the_remote(db):
    sync.note_health(None, HeldBack("Too many calls are under way."))
    assert not Heartbeat.objects.exists()
    sync.note_health(None, Unclear("No answer in time."))
    assert Heartbeat.objects.get(name="remote").failing_since is not None
