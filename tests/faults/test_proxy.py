"""The proxy itself: it passes everything on, and does each harm when it is told to."""

import http.client
import threading
import time

import pytest

from mediajobs.simulator import SimulatorServer, World
from tests.faults.proxy import Proxy
from tests.simulator.asking import BEARER

LIST = "/media/jobs"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def proxy(world):
    with SimulatorServer(world) as server, Proxy(("127.0.0.1", server.server_port)) as proxy:
        yield proxy


@pytest.fixture
def ask(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=2)

    def ask():
        connection.request("GET", LIST, headers=BEARER)
        answer = connection.getresponse()
        return answer.status, answer.read()

    yield ask
    connection.close()


def test_what_is_not_harmed_passes_over_one_connection(world, proxy, ask):
    assert ask() == ask() == (200, b'{"count": 0, "jobs": []}')
    assert proxy.connections == 1
    assert len(world.journal) == 2


def test_latency_comes_before_an_answer(proxy, ask):
    proxy.latency = 0.3
    start = time.monotonic()
    assert ask()[0] == 200
    assert time.monotonic() - start >= 0.3


def test_a_drip_is_slow_and_whole(proxy, ask):
    proxy.drip = 300
    start = time.monotonic()
    assert ask() == (200, b'{"count": 0, "jobs": []}')
    assert time.monotonic() - start >= 0.3


def test_an_answer_ends_where_it_is_cut(world, proxy, ask):
    world.populate(10)
    proxy.cut_after = 500
    with pytest.raises(http.client.IncompleteRead):
        ask()
    assert len(world.journal) == 1


def test_a_reset_comes_before_the_remote_hears_of_it(world, proxy, ask):
    proxy.reset = True
    with pytest.raises(ConnectionError):
        ask()
    assert not world.journal


def test_a_black_hole_swallows_the_question(world, proxy, ask):
    proxy.black_hole = True
    with pytest.raises(TimeoutError):
        ask()
    assert not world.journal


def test_it_ends_with_connections_open(world):
    with SimulatorServer(world) as server, Proxy(("127.0.0.1", server.server_port)) as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=2)
        connection.request("GET", LIST, headers=BEARER)
        connection.getresponse().read()
    assert threading.active_count() < 20
    connection.close()
