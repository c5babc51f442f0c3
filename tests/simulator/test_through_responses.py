"""The world behind `responses`, as the tests of the panel meet it."""

import pytest
import requests
from urllib3.exceptions import ProtocolError

from mediajobs.simulator import World
from tests.simulated import Clock, serve_through_responses
from tests.simulator.asking import BEARER

API, AUTH = "https://media.example/base", "https://auth.example/oauth/token"


@pytest.fixture
def world():
    return World(clock=Clock())


@pytest.fixture(autouse=True)
def wire(network, world):
    serve_through_responses(network, world, API, AUTH)


def test_the_media_calls_reach_the_world(world):
    job_id = world.add_job("/media/analyze/music")
    url = f"{API}/media/analyze/music"
    answer = requests.get(url, params={"job_id": job_id}, headers=BEARER, timeout=5)
    assert answer.json()["status"] == "Running"
    assert answer.headers["Content-Type"] == "application/json"
    cancel = f"{API}/media/jobs/cancel"
    assert requests.post(cancel, params={"job_id": job_id}, headers=BEARER, json={}, timeout=5).ok
    assert world.cancels(job_id) == 1


def test_the_token_call_reaches_the_world():
    form = {"grant_type": "client_credentials"}
    answer = requests.post(AUTH, form, auth=("key", "secret"), timeout=5)
    assert answer.json()["token_type"] == "Bearer"


def test_a_lost_answer_is_a_connection_error_around_a_protocol_error(world):
    world.fault_next("lost")
    with pytest.raises(requests.exceptions.ConnectionError) as lost:
        requests.get(f"{API}/media/jobs", headers=BEARER, timeout=5)
    assert isinstance(lost.value.args[0], ProtocolError)
    assert len(world.journal) == 1


@pytest.mark.parametrize("timeout", [2, (60, 2)])
def test_a_delay_beyond_the_read_timeout_is_a_read_timeout(world, timeout):
    world.fault_next("slow")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{API}/media/jobs", headers=BEARER, timeout=timeout)


@pytest.mark.parametrize("timeout", [5, (1, 5), None])
def test_a_delay_within_the_read_timeout_is_not_waited(world, timeout):
    world.latency = 4
    assert requests.get(f"{API}/media/jobs", headers=BEARER, timeout=timeout).ok
