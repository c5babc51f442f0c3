"""A deed under a key is done once; its answer is kept with it or not at all."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import ApiClient, KeptAnswer
from mediajobs.services import clients
from mediajobs.services.audit import Actor
from mediajobs.services.once import Answer, once


@pytest.fixture
def client(db):
    client = ApiClient(name="nightly")
    clients.make(client, by=Actor("ada", "web"))
    return client


@pytest.fixture
def deed():
    """A deed that counts how often it is done."""

    def do():
        do.count += 1
        return Answer(201, f"number {do.count}")

    do.count = 0
    return do


def test_a_deed_is_done_once_for_each_key(client, deed):
    first = once(client, key="a", request_hash="1", deed=deed)
    again = once(client, key="a", request_hash="1", deed=deed)
    other = once(client, key="b", request_hash="1", deed=deed)
    assert (first, again.body, other.body) == (Answer(201, "number 1"), "number 1", "number 2")
    assert (again.status, again.is_replay, first.is_replay) == (201, True, False)


def test_without_a_key_a_deed_is_done_each_time_and_nothing_is_kept(client, deed):
    bodies = [once(client, key="", request_hash="1", deed=deed).body for _ in range(2)]
    assert bodies == ["number 1", "number 2"]
    assert not KeptAnswer.objects.exists()


def test_another_request_under_the_key_is_refused(client, deed):
    once(client, key="a", request_hash="1", deed=deed)
    with pytest.raises(ValidationError, match="came with another request before"):
        once(client, key="a", request_hash="2", deed=deed)
    assert deed.count == 1


def test_a_deed_that_fails_leaves_no_key_behind(client, deed):
    def fail():
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        once(client, key="a", request_hash="1", deed=fail)
    assert once(client, key="a", request_hash="1", deed=deed).body == "number 1"
