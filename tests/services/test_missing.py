"""Jobs that the remote did not know, or that it tells oddly, are not lost from sight."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import Discovery, Job, JobStatus
from mediajobs.remote import parse_report
from mediajobs.services import sync
from mediajobs.services.sync import mark_missing, report

pytestmark = pytest.mark.django_db


def test_a_job_that_was_called_unknown_once_is_asked_for_again_and_found(make_job, world):
    job = make_job()
    kept = world.jobs.pop(job.remote_id)
    sync.refresh(job)
    assert job.missing_at is not None
    world.jobs[job.remote_id] = kept
    world.job(job.remote_id).settle("Success", 0)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Job.objects.update(checked_at=an_hour_ago, look_again_at=an_hour_ago)
    sync.refresh_active()
    job.refresh_from_db()
    assert (job.status, job.missing_at) == (JobStatus.SUCCESS, None)


def test_a_missing_job_is_asked_for_ever_more_seldom_and_not_beyond_the_remote_s_memory(make_job):
    job, now = make_job(), timezone.now()
    Job.objects.update(checked_at=None)
    first, later = now - timedelta(minutes=20), now
    mark_missing([job.pk], first)
    mark_missing([job.pk], later)
    job.refresh_from_db()
    assert job.missing_at == first
    assert job.look_again_at == later + timedelta(minutes=20)
    Job.objects.update(dated_at=now - timedelta(days=32))
    mark_missing([job.pk], later)
    job.refresh_from_db()
    assert job.look_again_at is None
    assert not Job.objects.stale(seconds=-60).exists()


def test_a_job_that_the_list_names_again_is_not_missing_any_more(make_job, world):
    job = make_job()
    mark_missing([job.pk], timezone.now())
    assert not Job.objects.filter(missing_at=None).exists()
    sync.refresh_active()
    job.refresh_from_db()
    assert job.missing_at is None


def test_running_jobs_that_nobody_knows_are_found_by_the_sweeps(world):
    job_id = world.add_job(submitted_ago=20 * 24 * 3600.0)
    sync.refresh_active()
    assert Job.objects.get().remote_id == job_id


def test_what_a_wrong_clock_read_ahead_of_its_time_hides_no_news(make_job, world):
    job = make_job()
    Job.objects.update(checked_at=timezone.now() + timedelta(hours=1), status=JobStatus.PENDING)
    sync.refresh_active()
    job.refresh_from_db()
    assert job.status == JobStatus.RUNNING
    assert job.checked_at <= timezone.now()


def test_a_known_job_is_read_from_a_row_of_the_list_that_names_no_path(make_job):
    job = make_job()
    rows = [(job.remote_id, "Failed"), ("nobody-knows-1", "Running")]
    reports = [parse_report({"job_id": job_id, "status": status}) for job_id, status in rows]
    assert sync.adopt(reports, read_at=timezone.now()) == 0
    job.refresh_from_db()
    assert (job.status, job.path) == (JobStatus.FAILED, "/media/transcode")
    assert Job.objects.count() == 1


def test_rows_of_the_list_that_name_no_job_are_counted_once_in_the_log_without_their_words(
    make_job, caplog, monkeypatch
):
    monkeypatch.setattr(report, "told", set())
    known = {"job_id": make_job().remote_id, "status": "Running"}
    sound = {"job_id": "nobody-knows-1", "path": "/media/transcode"}
    odd = [{"job_id": "no"}, {"job_id": "nobody-knows-2", "path": "/odd"}]
    for rows in ([known, sound], [known, sound, *odd], odd):
        sync.adopt([parse_report(row) for row in rows], read_at=timezone.now())
    (line,) = caplog.messages
    assert line == "2 jobs of a page of the list are left out: no job has such an id or path"


def test_a_lease_that_a_wrong_clock_gave_for_long_is_taken_over(world):
    world.add_job()
    later = timezone.now() + timedelta(hours=1)
    Discovery.objects.create(app="settings", lease_expires_at=later)
    sync.look_for_new()
    assert Job.objects.count() == 1
