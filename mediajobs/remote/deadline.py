"""Connections that keep one deadline for the whole of an exchange and note the moment of sending.

A socket's own time limit begins anew with each byte; a remote that drips would never end. And
what is wanted when a connection is asked for may not be so any more when there is one.
"""

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError

from mediajobs.remote.errors import NoLongerWanted

# Of this thread's exchange: ends_at (seconds, monotonic), read (seconds), still_wanted,
# connecting, sent.
exchange = threading.local()


def begin(*, ends_at: float, read: float, still_wanted: Callable[[], bool]) -> None:
    """Start the clock of this thread's exchange."""
    exchange.ends_at, exchange.read, exchange.still_wanted = ends_at, read, still_wanted
    exchange.connecting = exchange.sent = False


def refuse_unless(still_wanted: Callable[[], bool]) -> None:
    """Raise NoLongerWanted where the caller has changed its mind."""
    if not still_wanted():
        raise NoLongerWanted("The call was no longer wanted when its turn came: nothing was sent.")


class _TimedReader(io.RawIOBase):
    """Reads a socket until the call's deadline, so that a drip of single bytes ends too."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self._ends_at, self._read_timeout = exchange.ends_at, exchange.read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self._sock.settimeout(min(left, self._read_timeout))
        return self._raw.readinto(buffer)

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))


class _Timed:
    """Mixed into both connections: notes the moment of sending, and never sends too late.

    A process may be stopped at any time, and go on when others have taken over what it held. So
    the last question comes last, and what follows is one piece that waits for nothing: of two
    pieces the second may be late, and before it sends, a socket with a time limit lets other
    threads have their turn. What is sent here fits into what the system buffers.
    """

    response_class = _TimedResponse
    _pieces: list[bytes] | None = None

    def connect(self) -> None:
        exchange.connecting = True
        super().connect()
        if time.monotonic() > exchange.ends_at:
            self.close()
            raise ConnectTimeoutError(self, "connecting took the whole time")

    def request(self, *args: Any, **options: Any) -> None:
        self._pieces = []
        try:
            super().request(*args, **options)
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        self._send_whole(whole)

    def send(self, data: bytes) -> None:
        if self._pieces is None:  # to a proxy that is asked for a tunnel
            super().send(data)
        else:
            self._pieces.append(data)

    def _send_whole(self, data: bytes) -> None:
        if self.sock is None:
            self.connect()
        self.sock.settimeout(None)  # reading sets it anew
        refuse_unless(exchange.still_wanted)
        if time.monotonic() > exchange.ends_at:
            self.close()
            raise ConnectTimeoutError(self, "the time was over before anything was sent")
        exchange.sent = True
        super().send(data)


class Connection(_Timed, HTTPConnection):
    """One in the clear that keeps the deadline."""


class SecureConnection(_Timed, HTTPSConnection):
    """One over TLS that keeps the deadline."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = SecureConnection


class DeadlineAdapter(HTTPAdapter):
    """Makes such connections for a session of requests."""

    pools: dict[str, type[urllib3.HTTPConnectionPool]] = {"http": _Pool, "https": _SecurePool}

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self.pools
