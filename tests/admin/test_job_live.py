"""The parts of a job's page that keep themselves fresh while it is being watched."""

import re

import pytest

from mediajobs.models import AttemptState, Job
from tests.admin.cancel_steps import actor, draft, release, run, text

PARTS = ["standing", "timeline"]


def url(job, page="change"):
    return f"/mediajobs/job/{job.pk}/{page}/"


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


def ageless(response):
    return re.sub(r"\d+ s<", "<", response.content.decode())


def is_watched(person, job):
    """Whether the page and each part of it say that there is more to come."""
    page = person.get(url(job)).content.decode()
    parts = [person.get(url(job, part)).content.decode() for part in PARTS]
    still = {"data-live-done" in content for content in (page, *parts)}
    assert len(still) == 1
    assert ("live.js" in page) == (still == {False})
    return still == {False}


def test_a_part_tells_what_changed(person, make_job):
    job = make_job()
    batch = release(job)
    run(batch)
    Job.objects.update(progress=43)
    standing, timeline = (text(person.get(url(job, part))) for part in PARTS)
    assert "43 %" in standing
    assert f"Requested 0 s ago in cancellation {batch.pk}" in standing
    assert "The media API answered: requested" in timeline


def test_the_page_holds_its_parts_and_the_form_stands_outside_of_them(person, make_job):
    job = make_job(label="News")
    page = ageless(person.get(url(job)))
    for part in PARTS:
        assert f'data-live-url="{url(job, part)}"' in page
        fragment = ageless(person.get(url(job, part)))
        assert fragment.strip() in page
        assert "<html" not in fragment
        assert "csrfmiddlewaretoken" not in fragment
        assert 'name="label"' not in fragment


def test_a_job_is_watched_until_it_has_ended_and_nothing_is_awaited(person, make_job):
    job = make_job()
    assert is_watched(person, job)
    draft(job, by=actor())
    Job.objects.update(status="success")
    assert not is_watched(person, job)
    batch = release(job)
    batch.attempts.update(state=AttemptState.REQUESTED)
    assert is_watched(person, job)
    batch.attempts.update(state=AttemptState.FINISHED_FIRST)
    assert not is_watched(person, job)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_kept_by_nobody_and_only_read(person, make_job, part):
    job = make_job()
    assert "no-store" in person.get(url(job, part)).headers["Cache-Control"]
    assert person.post(url(job, part)).status_code == 405


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_job_that_is_gone_is_not_found(person, make_job, part):
    job = make_job()
    address = url(job, part)
    job.delete()
    assert person.get(address).status_code == 404


@pytest.mark.parametrize("part", PARTS)
def test_who_has_no_role_sees_no_part(sign_in, make_job, part):
    response = sign_in("").get(url(make_job(), part))
    assert response.status_code == 403
    assert "You have no right to see jobs." in text(response)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_costs_few_queries(person, make_job, part, django_assert_num_queries):
    job = make_job()
    with django_assert_num_queries(6):
        person.get(url(job, part))
