"""GET /api/jobs and /api/jobs/…: filters, pages, and what is told of a job."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import Credential, Job
from mediajobs.services import cancel
from tests.api.asking import WHY, errors, problem


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [job["job_id"] for job in answer.json()["jobs"]]


def test_a_job_is_told_with_all_that_is_known(pipeline, make_job, operator):
    job = make_job(status="Running", label="News")
    Job.objects.update(owner="Sport", link="https://mam/1", note="Why", progress=40)
    batch = cancel.release(Job.objects.all(), by=operator, selection="one", **WHY)
    told = pipeline.get(f"jobs/{job.remote_id}").json()
    assert told["status"] == "running"
    assert (told["reported_status"], told["is_final"], told["progress"]) == ("Running", False, 40)
    assert [told[name] for name in ("label", "owner", "link", "note")] == [
        *("News", "Sport", "https://mam/1", "Why"),
    ]
    assert told["app"] == "settings"
    assert told["cancellation"] == {"id": batch.pk, "state": "queued", "words": "Queued"}
    assert told["recorded_at"].endswith("Z")
    assert pipeline.get("jobs").json()["jobs"] == [told]


def test_a_draft_of_somebody_is_no_cancellation_of_a_job(pipeline, make_job, operator):
    job = make_job()
    cancel.draft(Job.objects.all(), by=operator, selection="one")
    assert pipeline.get(f"jobs/{job.remote_id}").json()["cancellation"] is None


@pytest.mark.parametrize("job_id", ["0f4c2b1e-unknown", "x", "a\0b", "é", "%", "1" * 5000])
def test_a_job_that_is_not_here_is_not_found(pipeline, make_job, job_id):
    make_job()
    problem(pipeline.get(f"jobs/{job_id}"), 404)


@pytest.fixture
def several(make_job):
    """Jobs that differ in all that can be asked for."""
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    jobs = {
        "news": make_job(status="Running", label="Evening news"),
        "film": make_job(path="/media/master", status="Success", label="Film"),
        "cup": make_job(status="Pending", label="Cup final"),
    }
    hour = timedelta(hours=1)
    for age, (name, owner, app) in enumerate(
        [("news", "News", None), ("film", "", None), ("cup", "Sport", sports)], start=1
    ):
        row = Job.objects.filter(pk=jobs[name].pk)
        row.update(owner=owner, credential=app, dated_at=timezone.now() - age * hour)
    return jobs


def ago(hours):
    return (timezone.now() - timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["news", "film", "cup"]),
        ({"status": "running"}, ["news"]),
        ({"status": "active"}, ["news", "cup"]),
        ({"status": "final"}, ["film"]),
        ({"path": "/media/master"}, ["film"]),
        ({"owner": "Sport"}, ["cup"]),
        ({"owner": "sport"}, []),
        ({"app": "Sports"}, ["cup"]),
        ({"app": "settings"}, ["news", "film"]),
        ({"text": "NEWS"}, ["news"]),
        ({"submitted_after": 1.5}, ["news"]),
        ({"submitted_before": 1.5}, ["film", "cup"]),
        ({"submitted_before": 1.5, "submitted_after": 2.5}, ["film"]),
        ({"status": "active", "text": "film"}, []),
    ],
)
def test_the_list_keeps_what_is_asked_for_newest_first(pipeline, several, query, names):
    query = {name: ago(value) if "submitted" in name else value for name, value in query.items()}
    assert ids(pipeline.get("jobs", **query)) == [several[name].remote_id for name in names]


def test_a_job_is_found_by_the_beginning_of_its_id(pipeline, several):
    job_id = several["film"].remote_id
    assert ids(pipeline.get("jobs", text=job_id[:13])) == [job_id]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"status": "finished"}, "Write one of these: 'active', 'final', 'pending',"),
        ({"path": "/etc"}, "“/etc” is no path that jobs are submitted to."),
        ({"owner": ""}, "It is empty."),
        ({"owner": "x" * 151}, "Shorten it to 150 characters."),
        ({"app": "x" * 65}, "Shorten it to 64 characters."),
        ({"text": "x" * 60_000}, "Shorten it to 200 characters."),
        ({"text": "a\0b"}, "It holds the character NUL"),
        ({"submitted_after": "yesterday"}, "Write a time with its zone"),
        ({"submitted_after": "2026-01-31T14:30:00"}, "Write a time with its zone"),
        ({"submitted_after": "0001-01-01T00:00:00+14:00"}, "Write a time with its zone"),
        ({"submitted_before": "1767225600"}, "Write a time with its zone"),
        ({"limit": "0"}, "Write a number of at least 1."),
        ({"limit": "501"}, "Write a number of at most 500."),
        ({"limit": "many"}, "Write a whole number."),
        ({"limit": "9" * 5000}, "Write a smaller number."),
        ({"cursor": "x"}, "This is no cursor of this list."),
        ({"staus": "running"}, "There is no such parameter; there are: status, path,"),
        ({"status": ["running", "failed"]}, "It is there twice."),
    ],
)
def test_a_question_that_is_not_understood_is_refused_with_its_place(pipeline, query, sentence):
    found = errors(pipeline.get("jobs", **query))
    assert list(found) == list(query)
    assert found[next(iter(query))].startswith(sentence)


def test_an_app_that_is_none_is_said(pipeline):
    told = problem(pipeline.get("jobs", app="Spurts"), 422)
    assert told["detail"] == "There is no app “Spurts”; that of the settings is “settings”."


def pages(pipeline, path, field, **query):
    """Walk through a list; return its pages."""
    found, cursor = [], {}
    while cursor is not None:
        told = pipeline.get(path, **query, **cursor).json()
        found.append(told[field])
        cursor = {"cursor": told["next_cursor"]} if told["next_cursor"] else None
    return found


def test_pages_follow_each_other_without_gap_or_double(pipeline, make_job):
    made = {make_job(status="Running").remote_id for _ in range(7)}
    Job.objects.update(dated_at=timezone.now())  # the same moment for all
    found = pages(pipeline, "jobs", "jobs", limit=3)
    assert [len(page) for page in found] == [3, 3, 1]
    assert {job["job_id"] for page in found for job in page} == made


def test_a_full_last_page_says_that_it_is_the_last(pipeline, make_job):
    for _ in range(4):
        make_job()
    assert [len(page) for page in pages(pipeline, "jobs", "jobs", limit=2)] == [2, 2]


def test_a_job_that_comes_in_between_two_pages_moves_none(pipeline, make_job):
    made = [make_job() for _ in range(4)]
    first = pipeline.get("jobs", limit=2).json()
    make_job()
    second = pipeline.get("jobs", limit=2, cursor=first["next_cursor"]).json()
    told = {job["job_id"] for page in (first, second) for job in page["jobs"]}
    assert told == {job.remote_id for job in made}


def test_a_page_takes_as_many_statements_as_one_row(
    pipeline, several, make_job, django_assert_num_queries
):
    pipeline.get("jobs")  # notes the use
    for _ in range(20):
        make_job()
    with django_assert_num_queries(2):  # the client, the jobs
        pipeline.get("jobs")


def test_a_bound_client_sees_the_jobs_of_its_app_alone(make_pipeline, several):
    bound = make_pipeline("read", credential=Credential.objects.get())
    assert ids(bound.get("jobs")) == [several["cup"].remote_id]
    assert ids(bound.get("jobs", app="settings")) == []
    assert ids(bound.get("jobs", text="news")) == []
    problem(bound.get(f"jobs/{several['news'].remote_id}"), 404)
    assert bound.get(f"jobs/{several['cup'].remote_id}").json()["app"] == "Sports"
