"""What a Job accepts and how jobs are found."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from mediajobs.models import Job
from mediajobs.models.job import validate_link, validate_media_path, validate_remote_id


@pytest.mark.parametrize(
    "path", ["/media/transcode", "/media/analyze/speech", "/media/x-1/y_2", "/media/jobs/x"]
)
def test_media_paths_are_accepted(path):
    validate_media_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "media/transcode",
        "/media/",
        "/media/../etc",
        "/media/transcode?x=1",
        "/media/trans code",
        "//evil.test/media/x",
        "https://api.dolby.com/media/transcode",
        "/media/" + "a" * 200,
        "/media/transcode\n",
        *("/media/jobs", "/media/jobs/cancel", "/media/webhooks", "/media/usage"),
        *("/media/input", "/media/output", "/media/oauth2/token"),
    ],
)
def test_other_paths_are_refused_with_an_example(path):
    with pytest.raises(ValidationError, match="such as /media/transcode"):
        validate_media_path(path)


@pytest.mark.parametrize(
    "remote_id", ["0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44", "ABCDEFG1", "1" * 128]
)
def test_ids_are_judged_loosely(remote_id):
    validate_remote_id(remote_id)


@pytest.mark.parametrize(
    "remote_id",
    [
        "",
        "short",
        "1" * 129,
        "nonsense",
        "0f4c2b1e 7a35",
        "<script>alert",
        "-rf-rf-rf",
        "abcdefg\n",
    ],
)
def test_what_cannot_be_an_id_is_refused_with_an_example(remote_id):
    with pytest.raises(ValidationError, match="such as 0f4c2b1e"):
        validate_remote_id(remote_id)


def test_an_id_is_found_by_its_beginning_in_any_case(make_job):
    job = make_job()
    make_job()
    assert list(Job.objects.matching(job.remote_id[:8])) == [job]
    assert list(Job.objects.matching(f" {job.remote_id.upper()} ")) == [job]


def test_a_label_is_found_by_a_part_of_it_when_no_id_begins_so(make_job):
    job = make_job(label="Nightly – Episode 12")
    make_job(label="Other")
    assert list(Job.objects.matching("episode 12")) == [job]


def test_wildcards_in_a_search_mean_themselves(make_job):
    make_job(label="plain")
    job = make_job(label="100 % sure_thing")
    assert list(Job.objects.matching("%")) == [job]
    assert list(Job.objects.matching("e_t")) == [job]


def test_stale_jobs_are_active_known_to_the_remote_and_not_read_lately(make_job):
    now = timezone.now()
    never, long_ago, just_now, missing, ended = (make_job() for _ in range(5))
    Job.objects.filter(pk=never.pk).update(checked_at=None)
    Job.objects.filter(pk=long_ago.pk).update(checked_at=now - timedelta(minutes=1))
    Job.objects.filter(pk=just_now.pk).update(checked_at=now)
    Job.objects.filter(pk=missing.pk).update(checked_at=None, missing_at=now)
    Job.objects.filter(pk=ended.pk).update(checked_at=None, status="failed")
    assert set(Job.objects.stale(seconds=30)) == {never, long_ago}


def test_a_job_that_waits_longer_than_any_may_is_asked_for_since_a_clock_was_wrong(make_job):
    waiting, wrong = make_job(), make_job()
    for job, hours in ((waiting, 1), (wrong, 2)):
        later = timezone.now() + timedelta(hours=hours)
        Job.objects.filter(pk=job.pk).update(checked_at=None, look_again_at=later)
    assert list(Job.objects.stale(seconds=30)) == [wrong]


def test_age_counts_from_submission_and_else_from_recording(make_job):
    old, young = make_job(), make_job()
    Job.objects.filter(pk=old.pk).update(dated_at=timezone.now() - timedelta(hours=3))
    assert list(Job.objects.older_than(timedelta(hours=2))) == [old]
    assert young.dated_at == young.recorded_at


def test_a_job_is_called_by_its_label_and_else_by_its_short_id(make_job):
    assert str(make_job(label="Trailer")) == "Trailer"
    job = make_job()
    assert str(job) == job.remote_id[:8]


@pytest.mark.parametrize(
    ("started_after", "seconds"), [(-0.7, 0), (-1, 0), (-1.5, -1.5), (0, 0), (3, 3)]
)
def test_a_job_began_when_it_was_submitted_though_the_remotes_clocks_differ(started_after, seconds):
    submitted_at = timezone.now()
    started_at = submitted_at + timedelta(seconds=started_after)
    job = Job(submitted_at=submitted_at, started_at=started_at)
    assert job.began_at - submitted_at == timedelta(seconds=seconds)


def test_a_job_of_which_a_time_is_missing_began_when_the_remote_says():
    now = timezone.now()
    assert (Job(started_at=now).began_at, Job(submitted_at=now).began_at) == (now, None)


@pytest.mark.parametrize(
    "link",
    [
        "https://mam.example.com/assets/1?x=y#z",
        "HTTP://mam",
        "http://127.0.0.1:8080/a",
        "https://[::1]/a",
        "https://bücher.example/ä",
    ],
)
def test_a_web_address_is_a_link(link):
    validate_link(link)
    assert Job(link=link).has_web_link


@pytest.mark.parametrize(
    "link",
    [
        *("", "mam/1", "//mam/1", "ftp://mam/1", "javascript:alert(1)", "https:mam", "https://"),
        *("https://ada:secret@mam/1", "https://mam\\@evil/", "https://mam:99999/", "https://[x]/"),
        *(
            "https://mam/a b",
            "https://mam/\n",
            "https://mam/1\n",
            "https://mam/\x00",
            " https://mam/1",
        ),
    ],
)
def test_whatever_else_stands_there_is_no_link(link):
    with pytest.raises(ValidationError, match="is no web address"):
        validate_link(link)
    assert not Job(link=link).has_web_link


def test_jobs_are_found_by_their_owner(make_job):
    mine, _ = make_job(), make_job()
    Job.objects.filter(pk=mine.pk).update(owner="Sport")
    assert list(Job.objects.of_owner("Sport")) == [mine]
    assert not Job.objects.of_owner("")


def test_the_owner_is_found_by_index(make_job):
    plan = Job.objects.of_owner("Sport").explain()
    if connection.vendor == "sqlite":  # PostgreSQL reads a table of nothing as a whole
        assert "job_owner_newest" in plan
