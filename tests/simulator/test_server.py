"""The world behind a real socket."""

import gc
import http.client
import json
import socket
import struct
import threading
import time

import pytest

from mediajobs.simulator import SimulatorServer, World
from tests.simulator.asking import BEARER, CANCEL


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server(world):
    with SimulatorServer(world) as server:
        yield server


@pytest.fixture
def connection(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield connection
    connection.close()


def ask(connection, method, url, body=None, headers=BEARER):
    connection.request(method, url, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_it_answers_on_this_machine_only(server):
    assert server.url == f"http://127.0.0.1:{server.server_port}"
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_one_connection_serves_many_calls(world, connection):
    job_id = world.add_job()
    status, body = ask(connection, "POST", f"{CANCEL}?job_id={job_id}", b"{}")
    first_socket = connection.sock
    assert first_socket is not None
    assert (status, json.loads(body)["status"]) == (200, 200)
    assert ask(connection, "GET", "/media/jobs?status=Running")[0] == 200
    assert connection.sock is first_socket
    assert world.cancels(job_id) == 1


def test_the_query_is_decoded(world, connection):
    world.add_job(job_id="a b/c?d")
    assert ask(connection, "GET", "/media/transcode?job_id=a+b%2Fc%3Fd")[0] == 200


def test_headers_of_a_reply_go_over_the_wire(world, connection):
    world.fault_next("throttle")
    connection.request("GET", "/media/jobs", headers=BEARER)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("fault", ["lost", "reset"])
def test_a_lost_answer_is_a_dropped_connection(world, connection, fault):
    job_id = world.add_job()
    world.fault_next(fault)
    with pytest.raises(ConnectionError):
        ask(connection, "POST", f"{CANCEL}?job_id={job_id}", b"{}")
    assert (world.job(job_id).cancel_requested_at is not None) == (fault == "lost")


def test_latency_is_waited_by_all_callers_at_once(world, server):
    world.latency = 0.3

    def call():
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        ask(connection, "GET", "/media/jobs")
        connection.close()

    callers = [threading.Thread(target=call) for _ in range(20)]
    start = time.monotonic()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert 0.3 <= time.monotonic() - start < 3


def test_requests_sent_at_once_are_answered_in_their_order(world, server):
    world.add_job(job_id="slow-job-1")
    world.add_job(job_id="fast-job-2", path="/media/enhance")
    world.fault_next("slow")
    asked = "".join(
        f"GET {target} HTTP/1.1\r\nAuthorization: Bearer t\r\n{last}\r\n"
        for target, last in (
            ("/media/transcode?job_id=slow-job-1", ""),
            ("/media/enhance?job_id=fast-job-2", "Connection: close\r\n"),
        )
    )
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as caller:
        caller.sendall(asked.encode())
        answers = caller.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 200") == 2
    assert answers.index(b"/media/transcode") < answers.index(b"/media/enhance")


def test_a_request_that_cannot_be_read_ends_the_connection(server):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as caller:
        caller.sendall(b"nonsense\r\n\r\n")
        assert caller.makefile("rb").read().startswith(b"HTTP/1.1 400")


def test_stop_ends_open_connections_and_waiting_answers(world):
    world.latency = 60
    server = SimulatorServer(world).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request("GET", "/media/jobs", headers=BEARER)
    while not world.journal:
        time.sleep(0.01)
    start = time.monotonic()
    server.stop()
    assert time.monotonic() - start < 5
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()


def test_an_idle_connection_gets_no_answer_after_stop(world):
    server = SimulatorServer(world).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    assert ask(connection, "GET", "/media/jobs")[0] == 200
    server.stop()
    with pytest.raises(ConnectionError):
        ask(connection, "GET", "/media/jobs")
    connection.close()


def test_a_caller_who_hangs_up_leaves_no_trace(world, server, connection, capfd):
    world.latency = 0.2
    connection.request("GET", "/media/jobs", headers=BEARER)
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    time.sleep(0.4)
    server.stop()
    assert capfd.readouterr().err == ""


def test_a_body_of_no_sense_is_a_bad_request(connection):
    connection.putrequest("POST", CANCEL)
    connection.putheader("Content-Length", "65537")
    connection.endheaders()
    assert connection.getresponse().status == 400


def test_a_taken_port_is_an_error_at_once(server, world):
    with pytest.raises(OSError, match="in use"):
        SimulatorServer(world, server.server_port)


def test_a_connection_that_comes_just_as_the_server_ends_is_closed_too():
    """What is left open is a warning when it is collected, and so an error."""
    for _ in range(100):
        with SimulatorServer(World()) as server:
            address = ("127.0.0.1", server.server_port)
            with socket.create_connection(address, timeout=5) as connection:
                pass
    gc.collect()
    assert connection.fileno() == -1
