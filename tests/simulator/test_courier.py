"""The served world tells its webhook of ended jobs: over the wire, and on this machine only."""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mediajobs.simulator import SimulatorServer, World
from mediajobs.simulator.control import Control
from mediajobs.simulator.courier import address_of
from tests.simulator.asking import BEARER


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent, and hangs up at once on the first so many."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook/"

    def wait_for(self, count):
        ends_at = time.monotonic() + 10
        while len(self.heard) < count:
            assert time.monotonic() < ends_at, f"heard {self.heard}"
            time.sleep(0.02)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=[0.05])
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


@pytest.fixture
def world():
    return World()


@pytest.fixture(params=[lambda world: world, Control], ids=["plain", "with control"])
def server(world, request):
    with SimulatorServer(request.param(world)) as server:
        yield server


def register(server, url, instead_of=""):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    callback = {"url": url, "headers": {"X-Panel-Secret": "s3cret"}}
    method, query = ("PUT", f"?id={instead_of}") if instead_of else ("POST", "")
    body = json.dumps({"callback": callback})
    connection.request(method, f"/media/webhooks{query}", body, BEARER)
    answer = connection.getresponse()
    assert answer.status == 200
    webhook_id = json.loads(answer.read())["webhook_id"]
    connection.close()
    return webhook_id


def test_the_end_of_a_job_is_posted_with_the_registered_headers(world, server, receiver):
    register(server, receiver.url)
    with server.lock:
        job_id = world.add_job(seconds_left=0.2)
    receiver.wait_for(1)
    ((path, headers, body),) = receiver.heard
    assert (path, headers["X-Panel-Secret"]) == ("/hook/", "s3cret")
    assert (body["job_id"], body["status"]) == (job_id, "Success")


def test_many_ends_at_once_are_all_told(world, server, receiver):
    register(server, receiver.url)
    with server.lock:
        jobs = {world.add_job(seconds_left=0.1) for _ in range(200)}
    receiver.wait_for(200)
    assert {body["job_id"] for _, _, body in receiver.heard} == jobs


def test_a_receiver_that_is_away_stops_nothing(world, server, receiver):
    with server.lock:
        world.add_job(seconds_left=0.1)
    nowhere = register(server, "http://127.0.0.1:9/")
    time.sleep(0.4)
    register(server, receiver.url, instead_of=nowhere)
    with server.lock:
        world.add_job(seconds_left=0.1)
    receiver.wait_for(1)
    assert len(receiver.heard) == 1


def test_a_late_delivery_keeps_nobody_from_stopping(world, receiver):
    with SimulatorServer(world) as server:
        register(server, receiver.url)
        with server.lock:
            world.fault_next("webhook_late")
            world.add_job(seconds_left=0.05)
        time.sleep(0.3)
        started_at = time.monotonic()
    assert time.monotonic() - started_at < 2
    assert receiver.heard == []


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8000/webhooks/media/", True),
        ("http://localhost/", True),
        ("http://[::1]:8000/", True),
        ("https://127.0.0.1/", False),
        ("http://panel.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1@panel.example.com/", False),
        ("http://127.0.0.1:99999/", False),
        ("http://[x/", False),
    ],
)
def test_nothing_leaves_this_machine(url, is_here):
    assert bool(address_of(url)) is is_here
