"""What the tests of remote/ share: a client, and servers that say anything."""

import contextlib
import http.client
import re
import socket
import threading

import pytest
import requests
import responses
from urllib3.exceptions import ProtocolError

from mediajobs.remote.auth import StaticToken
from mediajobs.remote.client import MediaClient
from mediajobs.remote.pacing import Pacing
from mediajobs.remote.wire import Patience
from tests.remote.turns import Clock


@pytest.fixture
def haste():
    """Time limits short enough to wait for."""
    return Patience(connect=0.3, read=0.2, whole=0.5)


@pytest.fixture
def make_client():
    def make(api_url="https://api.media.test", auth=None, pacing=None, **about):
        return MediaClient(
            api_url=api_url,
            auth=auth or StaticToken("the-token-of-the-tests"),
            pacing=pacing or Pacing(32, 10_000),
            **about,
        )

    return make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def remote():
    with responses.RequestsMock() as registered:
        yield registered


def is_whole(request):
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


class Loopback:
    """A server on 127.0.0.1 that talks as a test says: one call of `talk` for each connection."""

    def __init__(self, talk):
        self.talk = talk
        self.heard = []
        self.connections = []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            if self.over.is_set():
                connection.close()
                return
            self.connections.append(connection)
            thread = threading.Thread(target=self.serve, args=[connection])
            self.threads.append(thread)
            thread.start()

    def serve(self, connection):
        # A client that hangs up in the middle is what many of these tests are about.
        with connection, contextlib.suppress(ConnectionError):
            self.talk(self, connection)

    def hear(self, connection):
        """Read one request, remember it and give its first line; empty if the client hung up.

        To its last byte: a socket closed over unread bytes resets instead of ending, and takes
        back what it had said.
        """
        request = b""
        while not is_whole(request):
            part = connection.recv(65536)
            if not part:
                return ""
            request += part
        self.heard.append(request)
        return request.split(b"\r\n")[0].decode()

    def stop(self):
        self.over.set()
        socket.create_connection(self.listener.getsockname()).close()
        for connection in self.connections:
            # One that is closed already cannot be shut down.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(5)
        self.listener.close()


@pytest.fixture
def loopback():
    """Start servers by `loopback(talk)`; they end with the test."""
    servers = []

    def start(talk):
        servers.append(Loopback(talk))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


class Renewable:
    """Credentials that always have another token."""

    def __init__(self):
        self.number = 1

    def header(self):
        return {"Authorization": f"Bearer token-number-{self.number}"}

    def renew(self, stale):
        self.number += 1
        return True


@pytest.fixture
def renewable():
    return Renewable()


@pytest.fixture
def broken_line():
    """What requests raises when a connection is closed before any answer."""
    reason = http.client.RemoteDisconnected("closed without response")
    return requests.ConnectionError(ProtocolError("Connection aborted.", reason))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pacing(clock):
    return Pacing(4, 10, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0)
