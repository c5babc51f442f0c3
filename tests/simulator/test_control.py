"""The door for drills: it tells and changes what the world is, and stands beside the API."""

import json

import pytest

from mediajobs.simulator import World
from mediajobs.simulator.control import Control
from tests.simulated import Clock
from tests.simulator.asking import BEARER, cancel, get, read


@pytest.fixture
def world():
    return World(clock=Clock())


@pytest.fixture
def ask(world):
    control = Control(world)

    def ask(method, name, **values):
        body = json.dumps(values).encode()
        reply = control.handle(method, f"/control/{name}", {}, {}, body)
        return reply.status, read(reply)

    return ask


def test_all_else_is_the_api(world):
    world.add_job()
    reply = Control(world).handle("GET", "/media/jobs", {}, BEARER)
    assert (reply.status, read(reply)["count"]) == (200, 1)


def test_it_tells_what_every_job_is_and_keeps_that_out_of_the_journal(world, ask):
    running, done = world.add_job(), world.add_job(status="Success")
    assert ask("GET", "jobs") == (200, {running: "Running", done: "Success"})
    assert not world.journal


def test_it_changes_how_the_world_behaves(world, ask):
    faults = {"cancel.lost": 1.0}
    assert ask("POST", "settings", faults=faults, cancel_delay=3, latency=0.2)[0] == 200
    assert (dict(world.faults), world.cancel_delay, world.latency) == (faults, 3, 0.2)


def test_it_says_where_redirects_lead(world, ask):
    ask("POST", "settings", faults={"redirect": 1.0}, redirect_to="http://127.0.0.1:4711")
    assert get(world).headers["Location"] == "http://127.0.0.1:4711/media/jobs"


def test_it_orders_faults(world, ask):
    job_id = world.add_job()
    ask("POST", "faults", faults=["cancel.throttle", "html"])
    assert [cancel(world, job_id).status for _ in range(3)] == [429, 502, 200]


def test_it_voids_tokens(world, ask):
    world.app_key, world.app_secret = "k", "s"
    form = b"grant_type=client_credentials"
    token = read(world.handle("POST", "/v1/auth/token", {}, {"Authorization": "Basic azpz"}, form))
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert get(world, headers=bearer).status == 200
    ask("POST", "void-tokens")
    assert get(world, headers=bearer).status == 401


def test_it_ends_jobs_that_have_not_ended(world, ask):
    world.cancel_delay = 0
    running, cancelled, other = world.add_job(), world.add_job(), world.add_job()
    cancel(world, cancelled)
    ask("POST", "end-jobs", jobs=[running, cancelled], ending="Failed")
    assert [world.job(job_id).status for job_id in (running, cancelled, other)] == [
        "Failed",
        "Cancelled",
        "Running",
    ]


@pytest.mark.parametrize(
    ("name", "values", "status", "words"),
    [
        ("settings", {"seed": 2}, 400, "Nothing is called 'seed'; choose from faults,"),
        ("settings", {"faults": {"lsot": 1}}, 400, "There is no fault called 'lsot'"),
        ("faults", {}, 400, "faults"),
        ("end-jobs", {"jobs": ["unknown"], "ending": "Failed"}, 400, "unknown"),
        ("nonsense", {}, 404, "There are GET /control/jobs, POST /control/settings,"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(ask, name, values, status, words):
    answered, body = ask("POST", name, **values)
    assert answered == status
    assert words in body["detail"]
