"""A deed without a right to it is refused on record; a page that one may not see is not."""

import pytest
from django.contrib.auth.models import User

from mediajobs.models import AuditEvent, Job


@pytest.mark.parametrize(
    ("role", "address", "words"),
    [
        ("viewer", "/mediajobs/job/{job}/cancel/", "You have no right to request cancellation"),
        ("viewer", "/mediajobs/job/{job}/refresh/", "You have no right to read a job's status"),
        ("operator", "/auth/user/add/", "There is no right to it."),
        ("", "/mediajobs/job/record/", "You have no right to add jobs."),
    ],
)
def test_a_refused_deed_is_on_record_with_what_was_tried(sign_in, make_job, role, address, words):
    address = address.format(job=make_job().pk)
    client = sign_in(role)
    assert client.get(address).status_code in (302, 403)
    assert not AuditEvent.objects.exists()
    place = {"REMOTE_ADDR": "10.0.0.1"}
    assert client.post(f"{address}?a=b", {"x": "y"}, **place).status_code == 403
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor) == ("rights.refused", role.replace(" ", "-") or "nobody")
    assert event.address == "10.0.0.1"
    assert event.detail.startswith(f"POST {address}: {words}")


def test_a_form_without_its_token_is_nobodys_deed(client, make_user, make_job):
    client.handler.enforce_csrf_checks = True
    client.force_login(make_user("viewer"))
    assert client.post(f"/mediajobs/job/{make_job().pk}/cancel/").status_code == 403
    assert not AuditEvent.objects.exists()
    assert Job.objects.exists()


def test_a_refused_deed_is_on_record_whatever_its_address_holds(sign_in):
    assert sign_in("viewer").post("/auth/user/%00/change/").status_code == 403
    assert AuditEvent.objects.get().detail.startswith("POST /auth/user/\\x00/change/: ")


@pytest.mark.parametrize("action", ["cancel_selected", "delete_selected"])
def test_an_action_on_a_list_that_is_not_theirs_is_refused_on_record(sign_in, make_job, action):
    client, form = sign_in("viewer"), {"_selected_action": [make_job().pk]}
    assert client.post("/mediajobs/job/", form | {"action": action}).status_code == 403
    detail = "POST /mediajobs/job/: You have no right to do this with what is ticked."
    assert AuditEvent.objects.get().detail == detail


def test_no_action_chosen_on_a_list_is_no_deed(sign_in, make_job):
    client, form = sign_in("viewer"), {"_selected_action": [make_job().pk]}
    for chosen in ({}, {"action": ""}):
        assert client.post("/mediajobs/job/", form | chosen).status_code != 403
    assert not AuditEvent.objects.exists()


def test_the_deed_of_somebody_who_is_no_longer_staff_is_on_record(sign_in, make_job):
    client, address = sign_in("operator"), f"/mediajobs/job/{make_job().pk}/cancel/"
    User.objects.update(is_staff=False)
    assert client.get(address).status_code == 302
    assert not AuditEvent.objects.exists()
    assert client.post(address).status_code == 302
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor) == ("rights.refused", "operator")
    assert event.detail == f"POST {address}: This is no staff account."
