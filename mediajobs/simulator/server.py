"""The world behind a real socket: HTTP/1.1 with keep-alive, on this machine only."""

import socket
import struct
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

from .replies import Reply, problem
from .world import World

ADDRESS = "127.0.0.1"
MOST_BODY_BYTES = 64 * 1024


class SimulatorServer(ThreadingHTTPServer):
    """Serve one world; its lock is held while the world thinks, never while a request waits.

    Raises OSError when the port is taken. Port 0 takes a free one; see `url`.
    """

    request_queue_size = 1024
    daemon_threads = False  # so that stop() can wait for the last answer

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        super().__init__((ADDRESS, port), _Handler)

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every open connection; nobody gets an answer after this."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        for connection in list(self._open):
            _hang_up(connection)
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong here; a caller who hung up is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    server_version = "simulator"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def answer(self) -> None:
        body = self._body()
        if body is None:
            self._send(problem(400, "Validation error", "The body cannot be read.", self.path))
            self.close_connection = True
            return
        reply = self._ask(body)
        if self.server.stopping.wait(reply.delay) or reply.lose:
            self._drop()
        else:
            self._send(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names are given

    def _ask(self, body: bytes) -> Reply:
        path, _, query = self.path.partition("?")
        asked = dict(parse_qsl(query, keep_blank_values=True))
        headers = dict(self.headers.items())
        with self.server.lock:
            return self.server.world.handle(self.command, path, asked, headers, body)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            return None
        return self.rfile.read(int(length)) if int(length) <= MOST_BODY_BYTES else None

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def _drop(self) -> None:
        """Close without an answer; the zero linger turns the goodbye into a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Stay quiet: the world keeps its own journal."""


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it may have been closed a moment ago
        connection.shutdown(socket.SHUT_RDWR)
