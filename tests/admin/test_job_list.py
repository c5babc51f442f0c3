"""The list of jobs: what a row tells, search, and the two kinds of empty."""

import re

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, CancelAttempt, CancelBatch, Job

LIST = "/mediajobs/job/"


@pytest.fixture
def viewer(sign_in):
    return sign_in("viewer")


def page(client, query=""):
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client, query=""):
    """The ids of the jobs on the page, in order."""
    return re.findall(r'class="mono" title="([^"]+)"', page(client, query))


def attempt(job, state, batch_state="running"):
    batch = CancelBatch.objects.create(
        state=batch_state, requested_by_name="x", channel="web", selection="x", frozen_count=1
    )
    return CancelAttempt.objects.create(
        batch=batch, job=job, remote_id=job.remote_id, state=state, ended_at=timezone.now()
    )


def test_a_row_tells_label_short_id_api_status_progress_and_age(viewer, make_job):
    job = make_job(path="/media/analyze/music", label="News at nine")
    Job.objects.update(progress=42)
    html = page(viewer)
    assert f'title="{job.remote_id}">{job.short_id}<' in html
    assert f'href="/mediajobs/job/{job.pk}/change/"' in html
    assert "News at nine" in html
    assert "analyze/music" in html
    assert '<span class="badge tone-active">Running</span>' in html
    assert '<progress max="100" value="42" aria-label="Progress"></progress> 42 %' in html
    assert "<time datetime=" in html


def test_the_id_and_a_label_lead_to_the_job_and_the_dash_for_no_label_does_not(viewer, make_job):
    job = make_job(label="News")
    make_job()
    html = page(viewer)
    assert f'<a href="/mediajobs/job/{job.pk}/change/">News</a>' in html
    assert html.count('/change/">') == 3


def test_what_the_remote_said_is_escaped(viewer, make_job):
    make_job()
    evil = "<script>alert(1)</script>"
    Job.objects.update(reported_status=evil, status="unknown", label=evil)
    html = page(viewer)
    assert evil not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_the_newest_attempt_is_shown_and_a_draft_is_none(viewer, make_job):
    job = make_job()
    attempt(job, AttemptState.REFUSED)
    attempt(job, AttemptState.REQUESTED)
    attempt(job, AttemptState.QUEUED, batch_state="draft")
    html = page(viewer)
    assert '<span class="badge tone-active">Requested</span>' in html
    assert "Refused" not in html
    assert "Queued" not in html


def test_a_page_of_fifty_takes_as_few_queries_as_a_page_of_one(
    viewer, make_job, django_assert_num_queries
):
    for number in range(60):
        attempt(make_job(label=f"Job {number}"), AttemptState.CANCELLED)
    # session, user, two of rights, apps three times, walks, count, rows
    with django_assert_num_queries(10):
        assert len(shown(viewer)) == 50


def test_the_rows_are_fetched_alone_with_the_query_of_the_page(sign_in, make_job):
    client = sign_in("bulk operator")
    job = make_job(label="News")
    make_job(label="Weather")
    assert 'data-live-url="/mediajobs/job/rows/?q=news&amp;o=5"' in page(client, "?q=news&o=5")
    answer = client.get(LIST + "rows/?q=news&o=5")
    html = answer.content.decode()
    assert f'href="/mediajobs/job/{job.pk}/change/"' in html
    assert f'value="{job.pk}"' in html
    assert '<span class="quiet" id="found">1 found' in html
    assert "Weather" not in html
    assert "<html" not in html
    assert "csrfmiddlewaretoken" not in html
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_row_is_the_same_on_the_page_and_alone(sign_in, make_job):
    client = sign_in("bulk operator")
    make_job(label="News")
    rows = [
        re.search(r"<tbody>.*</tbody>", re.sub(r"\d+ s<", "<", page(client, query)), re.DOTALL)[0]
        for query in ("?status=running", "rows/?status=running")
    ]
    assert rows[0] == rows[1]


def test_rows_fetched_alone_do_not_swallow_a_message(sign_in, make_job):
    client, job = sign_in("operator"), make_job()
    client.post(f"/mediajobs/job/{job.pk}/refresh/")
    page(client, "rows/")
    assert "Read just now: Running." in page(client)


def test_a_search_of_the_list_takes_two_queries_more(viewer, make_job, django_assert_num_queries):
    make_job(label="News")
    with django_assert_num_queries(12):
        assert shown(viewer, "?q=new")


def test_the_beginning_of_an_id_finds_the_job(viewer, make_job):
    job = make_job()
    make_job(label="another")
    assert shown(viewer, f"?q={job.remote_id[:10]}") == [job.remote_id]


def test_a_part_of_a_label_finds_the_job(viewer, make_job):
    job = make_job(label="News at nine")
    make_job(label="another")
    assert shown(viewer, "?q=at+NINE") == [job.remote_id]


def test_the_newest_job_stands_first_and_only_age_can_be_sorted_by(viewer, make_job):
    old, new = make_job(), make_job()
    Job.objects.filter(pk=old.pk).update(dated_at=timezone.now() - timezone.timedelta(days=1))
    assert shown(viewer) == [new.remote_id, old.remote_id]
    assert shown(viewer, "?o=5") == [old.remote_id, new.remote_id]
    assert shown(viewer, "?o=1") == [new.remote_id, old.remote_id]


def test_a_list_without_jobs_says_how_to_get_some(sign_in, db):
    html = page(sign_in("operator"))
    assert "No jobs are here yet" in html
    assert 'href="/mediajobs/job/add/"' in html
    assert "sync_jobs" in html


def test_a_viewer_of_an_empty_list_is_told_whom_to_ask(viewer):
    html = page(viewer)
    assert "Ask somebody of the group “operator”" in html
    assert 'href="/mediajobs/job/add/"' not in html


@pytest.mark.parametrize("query", ["?q=nowhere", "?status=failed"])
def test_a_list_where_nothing_matches_says_how_to_see_all(viewer, make_job, query):
    make_job()
    html = page(viewer, query)
    assert "Nothing matches" in html
    assert '<a href="/mediajobs/job/">Show all jobs</a>' in html


def test_a_filter_that_is_not_known_is_named(viewer, make_job):
    make_job()
    assert "“bo&lt;gus” is not known as a status." in page(viewer, "?status=bo<gus&source=form")
    assert "is not known as" not in page(viewer, "?status=failed")


def test_a_list_of_thousands_writes_its_number_with_commas_wherever_it_stands(sign_in):
    Job.objects.bulk_create(Job(remote_id=f"job-{number:05d}") for number in range(1001))
    html = page(sign_in("bulk operator"))
    assert "1,001 found" in html
    assert "All 1,001 selected" in html
    assert "Select all 1,001 jobs" in html
    assert "1,001 jobs" in html.partition('class="paginator"')[2]


def test_nobody_is_offered_to_delete_many(sign_in, make_job):
    make_job()
    assert "delete_selected" not in page(sign_in("administrator"))
