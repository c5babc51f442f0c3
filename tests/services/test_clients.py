"""Tokens are kept as hashes; what they open is changed and revoked on record."""

import re

import pytest
from django.db import connection

from mediajobs.models import ApiClient, AuditEvent, Credential
from mediajobs.services import clients
from mediajobs.services.audit import Actor

BY = Actor("ada", "web")


@pytest.fixture
def made(db):
    client = ApiClient(name="nightly", may_record=True)
    return client, clients.make(client, by=BY)


def told(kind):
    event = AuditEvent.objects.get(kind=kind)
    return event.actor, event.detail


def test_a_token_is_long_and_random_and_known_by_its_beginning(made):
    _, token = made
    assert re.fullmatch(r"mjp_[A-Za-z0-9_-]{43}", token)
    assert clients.make(ApiClient(name="other"), by=BY) != token


def test_of_a_token_only_its_hash_and_its_beginning_are_kept(made):
    client, token = made
    secret = token[client.token_start.__len__() :]
    assert client.token_start == token[:10]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert secret not in repr(cursor.fetchall())


def test_a_client_is_found_by_its_token_alone(made):
    client, token = made
    assert clients.find(token) == client
    for other in (token[:-1], token + "x", token.swapcase(), client.token_hash, "", "\ud800"):
        assert clients.find(other) is None


def test_making_one_is_on_record(made):
    client, _ = made
    assert client.created_by == "ada"
    start = client.token_start
    assert told("client.made") == ("ada", f"“nightly”, token {start}…, opens read, record")


def test_a_change_of_what_it_opens_is_on_record_and_nothing_else_changes(made):
    client, token = made
    client.may_cancel, client.may_read, client.name = True, False, "other"
    clients.change(client, by=BY)
    stored = ApiClient.objects.get()
    assert (stored.scopes, stored.name) == (["record", "cancel"], "nightly")
    assert told("client.changed")[1].endswith("opens record, cancel")
    assert clients.find(token) == stored


def test_a_change_of_nothing_is_no_event(made):
    clients.change(made[0], by=BY)
    assert not AuditEvent.objects.filter(kind="client.changed").exists()


def test_a_revoked_token_opens_nothing_and_is_revoked_once(made):
    client, token = made
    assert clients.revoke(client, by=BY)
    assert not clients.revoke(client, by=BY)
    assert clients.find(token) is None
    assert AuditEvent.objects.filter(kind="client.revoked").count() == 1


def test_the_record_names_the_app_that_a_client_is_bound_to(db):
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    client = ApiClient(name="cup", credential=sports, may_read=False)
    clients.make(client, by=BY)
    assert told("client.made")[1].endswith("opens nothing, app Sports")
