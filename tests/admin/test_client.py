"""Administrators make, change and revoke tokens of pipelines; a token is shown once."""

import io
import logging
import re

import pytest
from django.urls import reverse

from mediajobs.models import ApiClient, AuditEvent, Credential
from mediajobs.services import clients
from tests.admin.cancel_steps import said, text

LIST = "/mediajobs/apiclient/"
ADD = "/mediajobs/apiclient/add/"
NIGHTLY = {"name": "nightly", "may_read": "on", "may_cancel": "on"}


@pytest.fixture
def administrator(sign_in):
    return sign_in("administrator")


@pytest.fixture
def nightly(operator):
    client = ApiClient(name="nightly", may_record=True)
    clients.make(client, by=operator)
    return client


def address(client, page="change"):
    return reverse(f"admin:mediajobs_apiclient_{page}", args=[client.pk])


def token_in(answer):
    return re.search(r"mjp_[A-Za-z0-9_-]{43}", answer.content.decode())[0]


def test_a_made_token_is_shown_and_opens_what_was_ticked(administrator, client):
    answer = administrator.post(ADD, NIGHTLY)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert clients.find(token_in(answer)) == ApiClient.objects.get()
    assert ApiClient.objects.get().scopes == ["read", "cancel"]
    event = AuditEvent.objects.get(kind="client.made")
    assert (event.actor, event.channel) == ("administrator", "web")


def test_a_token_is_on_no_other_page_in_no_cookie_and_in_no_log(administrator):
    handler = logging.getLogger("mediajobs").handlers[0]
    stream = handler.setStream(io.StringIO())
    try:
        token = token_in(administrator.post(ADD, NIGHTLY))
        logged = handler.stream.getvalue()
    finally:
        handler.setStream(stream)
    made = ApiClient.objects.get()
    secret = token[10:]
    pages = [LIST, address(made), address(made, "revoke"), "/mediajobs/auditevent/", "/", ADD]
    for page in pages:
        assert secret not in administrator.get(page).content.decode()
    event = AuditEvent.objects.get(kind="client.made")
    detail = administrator.get(f"/mediajobs/auditevent/{event.pk}/change/").content.decode()
    assert token[:10] in detail
    assert secret not in detail + logged + str(administrator.cookies)
    assert secret not in str(dict(administrator.session))


def test_a_name_that_is_taken_makes_no_second_token(administrator, nightly):
    answer = administrator.post(ADD, NIGHTLY)
    assert "already exists" in text(answer)
    assert ApiClient.objects.count() == 1


def test_the_list_tells_what_each_opens_and_when_it_was_used(administrator, nightly, operator):
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    clients.make(ApiClient(name="cup <b>", credential=sports, may_read=False), by=operator)
    words = text(administrator.get(LIST))
    assert f"nightly {nightly.token_start}… read, record all bulk-operator – In use" in words
    assert "cup &lt;b&gt;" in words
    assert "– Sports bulk-operator" in words


def test_with_one_app_no_page_of_theirs_speaks_of_apps(administrator, nightly):
    for page in (LIST, ADD, address(nightly)):
        assert not {"App", "App:", "app", "apps,"} & set(text(administrator.get(page)).split())
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    assert "Sports" in text(administrator.get(ADD))


def test_a_client_is_bound_to_an_app_when_it_is_made(administrator):
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    administrator.post(ADD, {**NIGHTLY, "credential": sports.pk})
    assert ApiClient.objects.get().credential == sports


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    administrator, operator, django_assert_max_num_queries
):
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    clients.make(ApiClient(name="nightly", credential=sports), by=operator)
    with django_assert_max_num_queries(10) as few:
        administrator.get(LIST)
    for number in range(10):
        clients.make(ApiClient(name=f"client {number}", credential=sports), by=operator)
    with django_assert_max_num_queries(len(few)):
        administrator.get(LIST)


def test_scopes_can_be_changed_and_nothing_else(administrator, nightly):
    form = {"name": "other", "may_cancel": "on", "token_start": "x", "credential": ""}
    administrator.post(address(nightly), form)
    stored = ApiClient.objects.get()
    assert (stored.scopes, stored.name) == (["cancel"], "nightly")
    assert stored.token_hash == nightly.token_hash
    event = AuditEvent.objects.get(kind="client.changed")
    assert event.detail.endswith("opens read, record → " + event.detail.split(" → ")[1])
    assert event.detail.endswith("opens cancel")


def test_revoking_is_asked_for_and_done_once(administrator, nightly):
    assert "for good" in text(administrator.get(address(nightly, "revoke")))
    assert not ApiClient.objects.get().revoked_at
    answer = administrator.post(address(nightly, "revoke"))
    assert said(answer) == "The token of nightly is revoked: it opens nothing any more."
    assert ApiClient.objects.get().revoked_at
    again = administrator.post(address(nightly, "revoke"))
    assert "is revoked already" in said(again)
    assert AuditEvent.objects.filter(kind="client.revoked").count() == 1


def test_of_a_revoked_one_nothing_can_be_changed(administrator, nightly, operator):
    clients.revoke(nightly, by=operator)
    page = administrator.get(address(nightly))
    assert "it opens nothing" in text(page)
    assert 'name="may_cancel"' not in page.content.decode()
    assert administrator.post(address(nightly), {"may_cancel": "on"}).status_code == 403
    assert ApiClient.objects.get().scopes == ["read", "record"]
    assert "Revoked" in text(administrator.get(LIST))


def test_not_even_a_superuser_deletes_one(client, nightly, make_user):
    user = make_user("", name="root")
    user.is_superuser = True
    user.save()
    client.force_login(user)
    assert client.post(address(nightly, "delete"), {"post": "yes"}).status_code == 403
    assert ApiClient.objects.exists()


def test_a_client_that_is_not_there_is_not_revoked(administrator):
    assert administrator.post("/mediajobs/apiclient/999/revoke/").status_code == 404


def test_nothing_of_its_pages_is_inline(administrator, nightly):
    for page in (LIST, ADD, address(nightly), address(nightly, "revoke")):
        html = administrator.get(page).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
