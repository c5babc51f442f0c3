"""The filters of the job list keep what their words say."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, Job
from tests.admin.test_job_list import attempt, shown


@pytest.fixture
def viewer(sign_in):
    return sign_in("viewer")


def kept(client, query, jobs):
    """The names of those of the jobs that the list shows."""
    ids = set(shown(client, query))
    return {name for name, job in jobs.items() if job.remote_id in ids}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("active", {"Pending", "Running", "Odd"}),
        ("final", {"Success", "Failed"}),
        ("running", {"Running"}),
        ("unknown", {"Odd"}),
        ("nonsense", set()),
    ],
)
def test_status(viewer, make_job, value, names):
    jobs = {
        status: make_job(status=status)
        for status in ("Pending", "Running", "Success", "Failed", "Odd")
    }
    assert kept(viewer, f"?status={value}", jobs) == names


def test_api(viewer, make_job):
    jobs = {path: make_job(path=path) for path in ("/media/master", "/media/new")}
    assert kept(viewer, "?path=/media/master", jobs) == {"/media/master"}
    assert kept(viewer, "?path=other", jobs) == {"/media/new"}


def test_source(viewer, make_job):
    jobs = {"listed": make_job(), "typed": make_job()}
    Job.objects.filter(pk=jobs["typed"].pk).update(source="form")
    assert kept(viewer, "?source=form", jobs) == {"typed"}


@pytest.mark.parametrize(
    ("value", "names"), [("1h", {0.5}), ("24h", {0.5, 20}), ("7d", {0.5, 20, 100})]
)
def test_submitted(viewer, make_job, value, names):
    jobs = {hours: make_job() for hours in (0.5, 20, 100, 1000)}
    for hours, job in jobs.items():
        dated_at = timezone.now() - timedelta(hours=hours)
        Job.objects.filter(pk=job.pk).update(dated_at=dated_at)
    assert kept(viewer, f"?submitted={value}", jobs) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("none", {"untouched", "drafted"}),
        ("open", {"requested"}),
        ("cancelled", {"cancelled"}),
        ("problems", {"refused", "unconfirmed"}),
    ],
)
def test_cancellation_goes_by_the_newest_attempt_and_passes_over_drafts(
    viewer, make_job, value, names
):
    states = ("requested", "cancelled", "refused", "unconfirmed")
    jobs = {state: make_job() for state in states}
    for state, job in jobs.items():
        attempt(job, AttemptState.REFUSED)
        attempt(job, state)
        attempt(job, AttemptState.QUEUED, batch_state="draft")
    jobs |= {"untouched": make_job(), "drafted": make_job()}
    attempt(jobs["drafted"], AttemptState.QUEUED, batch_state="draft")
    assert kept(viewer, f"?cancellation={value}", jobs) == names
