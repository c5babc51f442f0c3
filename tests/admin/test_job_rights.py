"""Who may do what on the pages of jobs: every role, every address, every method."""

import pytest
from django.contrib.auth.models import User

from mediajobs.models import Job

ROLES = ("", "viewer", "auditor", "operator", "bulk operator", "administrator")
ALL = set(ROLES)
SEE = ALL - {""}
WRITE = {"operator", "bulk operator", "administrator"}

#: address, method → the roles that are let in, and what they get
RIGHTS = [
    ("", "get", SEE, 200),
    ("add/", "get", WRITE, 200),
    ("add/", "post", WRITE, 422),
    ("record/", "get", WRITE, 200),
    ("record/", "post", WRITE, 422),
    ("{pk}/change/", "get", SEE, 200),
    ("{pk}/change/", "post", WRITE, 302),
    ("{pk}/refresh/", "post", WRITE, 302),
    ("{pk}/delete/", "get", {"administrator"}, 200),
    ("{pk}/delete/", "post", {"administrator"}, 302),
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("address", "method", "allowed", "status"), RIGHTS)
def test_a_role_gets_in_or_is_refused(sign_in, make_job, role, address, method, allowed, status):
    job, client = make_job(), sign_in(role)
    answer = getattr(client, method)("/mediajobs/job/" + address.format(pk=job.pk))
    assert answer.status_code == (status if role in allowed else 403)


@pytest.mark.parametrize(("address", "method", "allowed", "status"), RIGHTS)
def test_a_stranger_is_sent_to_sign_in(client, make_job, address, method, allowed, status):
    url = "/mediajobs/job/" + address.format(pk=make_job().pk)
    answer = getattr(client, method)(url)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={url}")


@pytest.mark.parametrize(("address", "method", "allowed", "status"), RIGHTS)
def test_somebody_who_is_not_staff_is_sent_to_sign_in(
    client, make_job, address, method, allowed, status
):
    client.force_login(User.objects.create_user("outsider"))
    url = "/mediajobs/job/" + address.format(pk=make_job().pk)
    assert getattr(client, method)(url)["Location"] == f"/login/?next={url}"


def test_the_address_of_a_refresh_leads_back_to_the_job_and_reads_nothing(sign_in, make_job):
    job = make_job()
    Job.objects.update(checked_at=None)
    answer = sign_in("operator").get(f"/mediajobs/job/{job.pk}/refresh/")
    assert (answer.status_code, answer.url) == (302, f"/mediajobs/job/{job.pk}/change/")
    assert Job.objects.get().checked_at is None


def test_nothing_is_changed_by_a_viewer_who_is_refused(sign_in, make_job):
    job = make_job(label="News")
    sign_in("viewer").post(f"/mediajobs/job/{job.pk}/change/", {"label": "x"})
    job.refresh_from_db()
    assert job.label == "News"
