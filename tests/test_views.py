"""The pages for machines."""

import io
import logging

import pytest
from django.db import OperationalError, connection

from mediajobs import guard
from mediajobs.models import AuditAnchor, Heartbeat
from mediajobs.services import pulse


def refuse(execute, sql, params, many, context):
    raise OperationalError("password authentication failed for user “panel”")


@pytest.fixture
def worker(db):
    pulse.beat(Heartbeat.WORKER, "host:1")


def test_a_panel_that_can_act_is_well(client, worker):
    answer = client.get("/healthz/")
    assert answer.status_code == 200
    parts = ("database", "worker", "trail", "remote", "copies")
    assert answer.json() == {"is_well": True} | dict.fromkeys(parts, "well")


def test_a_panel_without_a_worker_is_not_well(client, db):
    answer = client.get("/healthz/")
    assert answer.status_code == 503
    assert (answer.json()["is_well"], answer.json()["worker"]) == (False, "failing")


def test_a_panel_whose_trail_is_unguarded_is_not_well(client, worker):
    guard.remove(guard.LINKS)
    answer = client.get("/healthz/")
    assert answer.status_code == 503
    assert (answer.json()["is_well"], answer.json()["trail"]) == (False, "failing")


def test_a_panel_that_is_not_well_says_so_in_its_answer_and_not_in_the_log(client, db):
    handler = logging.getLogger("django.request").handlers[0]
    stream = handler.setStream(io.StringIO())
    try:
        assert client.get("/healthz/").status_code == 503
        assert handler.stream.getvalue() == ""
    finally:
        handler.setStream(stream)


def test_checkpoints_that_do_not_leave_are_told_and_do_not_take_the_panel_down(client, worker):
    AuditAnchor.objects.create(place="host:/mnt/copy", problem="Checkpoint 7 did not reach it.")
    answer = client.get("/healthz/")
    assert answer.status_code == 200
    assert answer.json()["copies"] == "failing"
    assert "mnt" not in answer.content.decode()


def test_a_failing_remote_is_told_and_does_not_take_the_panel_down(client, worker):
    pulse.fail(Heartbeat.REMOTE, "The credentials were refused for key abc123.")
    answer = client.get("/healthz/")
    assert answer.status_code == 200
    assert answer.json()["remote"] == "failing"
    assert "abc123" not in answer.content.decode()


@pytest.mark.parametrize("address", ["/healthz/", "/healthz/web/"])
def test_a_database_that_refuses_is_told_without_its_words(client, db, address):
    with connection.execute_wrapper(refuse):
        answer = client.get(address)
    assert answer.status_code == 503
    assert answer.json() == {"is_well": False, "database": "failing"}


def test_a_web_process_is_well_without_a_worker(client, db):
    answer = client.get("/healthz/web/")
    assert answer.status_code == 200
    assert answer.json() == {"is_well": True, "database": "well"}


@pytest.mark.parametrize("address", ["/healthz/", "/healthz/web/"])
def test_health_is_read_and_never_cached(client, db, address):
    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address).headers["Cache-Control"]


@pytest.mark.parametrize(("address", "queries"), [("/healthz/", 7), ("/healthz/web/", 1)])
def test_health_is_cheap(client, db, django_assert_num_queries, address, queries):
    with django_assert_num_queries(queries):
        client.get(address)
