"""The webhook of the simulated app: one place, and what is told when jobs end."""

import json

import pytest

from mediajobs.simulator import World
from tests.simulated import Clock
from tests.simulator.asking import BEARER, cancel, read

PATH = "/media/webhooks"
URL = "http://127.0.0.1:8000/webhooks/media/"
CALLBACK = {"url": URL, "headers": {"X-Panel-Secret": "s"}}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    world = World(clock=clock)
    world.cancel_delay = 1
    return world


def ask(world, method, body=None, **query):
    text = json.dumps(body).encode() if body is not None else b""
    return world.handle(method, PATH, query, BEARER, text)


def register(world, callback=CALLBACK):
    return read(ask(world, "POST", {"callback": callback}))["webhook_id"]


def told(world):
    return [
        (each.url, dict(each.headers), json.loads(each.body)) for each in world.due_deliveries()
    ]


def test_a_webhook_is_created_shown_updated_and_removed(world):
    assert read(ask(world, "GET")) == []
    webhook_id = register(world)
    assert webhook_id.startswith("webhook-")
    assert len(webhook_id) == len("webhook-") + 32
    assert read(ask(world, "GET")) == [{"webhook_id": webhook_id, "callback": CALLBACK}]
    other = {"url": "http://127.0.0.1:9/", "headers": {}}
    assert read(ask(world, "PUT", {"callback": other}, id=webhook_id)) == {"webhook_id": webhook_id}
    world.webhook.is_array = False
    assert read(ask(world, "GET")) == {"webhook_id": webhook_id, "callback": other}
    assert read(ask(world, "DELETE", id=webhook_id)) == {"webhook_id": webhook_id}
    assert read(ask(world, "GET")) == {}


def test_there_is_room_for_one(world):
    register(world)
    assert ask(world, "POST", {"callback": CALLBACK}).status == 409


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_only_the_one_that_is_there_is_updated_and_removed(world, method):
    assert ask(world, method, {"callback": CALLBACK}).status == 404
    register(world)
    assert ask(world, method, {"callback": CALLBACK}, id="webhook-0").status == 404


@pytest.mark.parametrize(
    "body", [None, {}, {"callback": 7}, {"callback": {}}, {"callback": {"url": "ftp://x"}}, [7]]
)
def test_a_registration_of_no_sense_is_a_bad_request(world, body):
    assert ask(world, "POST", body).status == 400


def test_strangers_are_refused_and_faults_meet_these_calls_too(world):
    assert world.handle("GET", PATH, {}, {}).status == 401
    world.fault_next("webhooks.error")
    assert ask(world, "GET").status == 500


def test_the_end_of_a_job_is_told_once_with_its_id_and_the_registered_headers(world, clock):
    old = world.add_job(seconds_left=5)
    register(world)
    new = world.add_job("/media/enhance", seconds_left=10, ending="Failed")
    assert told(world) == []
    clock.advance(5)
    ((url, headers, body),) = told(world)
    assert (url, headers) == (URL, CALLBACK["headers"])
    assert (body["job_id"], body["status"], body["progress"]) == (old, "Success", 100)
    clock.advance(5)
    ((_, _, body),) = told(world)
    assert (body["job_id"], body["path"], body["status"]) == (new, "/media/enhance", "Failed")
    assert told(world) == []


def test_the_end_by_a_cancel_is_told(world, clock):
    job_id = world.add_job()
    register(world)
    cancel(world, job_id)
    clock.advance(1)
    ((_, _, body),) = told(world)
    assert (body["job_id"], body["status"]) == (job_id, "Cancelled")


def test_what_ended_before_the_registration_is_not_told(world, clock):
    world.add_job(status="Success")
    register(world)
    world.add_job(status="Failed")
    assert told(world) == []


def test_what_ends_after_the_removal_is_not_told(world, clock):
    world.add_job(seconds_left=1)
    webhook_id = register(world)
    ask(world, "DELETE", id=webhook_id)
    clock.advance(1)
    assert told(world) == []


def told_with(world, clock, fault):
    world.add_job(seconds_left=1)
    register(world)
    world.fault_next(fault)
    clock.advance(1)
    found = world.due_deliveries()
    return [(json.loads(each.body)["status"], each.delay, bool(each.headers)) for each in found]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("webhook_missing", []),
        ("webhook_late", [("Success", 5.0, True)]),
        ("webhook_doubled", [("Success", 0.0, True)] * 2),
        ("webhook_disordered", [("Success", 0.0, True), ("Running", 0.5, True)]),
        ("webhook_forged", [("Failed", 0.0, False), ("Success", 0.0, True)]),
    ],
)
def test_a_delivery_goes_wrong_on_order(world, clock, fault, expected):
    assert told_with(world, clock, fault) == expected
    world.add_job(seconds_left=1)
    clock.advance(1)
    assert len(told(world)) == 1


def test_faults_of_deliveries_meet_no_call_and_those_of_calls_no_delivery(world, clock):
    world.fault_next("webhook_missing", "lost")
    assert ask(world, "GET").lose
    world.faults = {"error": 1.0}
    world.add_job(seconds_left=1)
    world.faults = {}
    register(world)
    world.faults = {"error": 1.0}
    clock.advance(1)
    assert told(world) == []  # the one that was ordered
    world.add_job(seconds_left=1)
    clock.advance(1)
    assert len(told(world)) == 1
    with pytest.raises(ValueError, match="can never happen"):
        world.faults = {"cancel.webhook_late": 1.0}
