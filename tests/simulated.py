"""The simulator behind `responses`: the real client talks to a World without a socket."""

import re
import threading
from http.client import RemoteDisconnected
from urllib.parse import parse_qsl, urlsplit

import requests
from urllib3.exceptions import ProtocolError

from mediajobs.simulator.tokens import TOKEN_PATH


class Clock:
    """A clock that moves only when it is told to; a stand-in for time.time."""

    def __init__(self, now=1_767_225_600.0):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


def serve_through_responses(rsps, world, api_url, auth_url):
    """Let `world` answer auth_url and everything below api_url; nobody waits for a delay."""
    lock = threading.Lock()

    def answer(request):
        parts = urlsplit(request.url)
        path = parts.path.removeprefix(urlsplit(api_url).path.rstrip("/"))
        if request.url.partition("?")[0] == auth_url:
            path = TOKEN_PATH
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        with lock:
            reply = world.handle(request.method, path, query, request.headers, body)
        raise_what_the_wire_would(reply, request)
        return reply.status, reply.headers, reply.body

    below = re.compile(rf"{re.escape(api_url.rstrip('/'))}/.*", re.DOTALL)
    exactly = re.compile(rf"{re.escape(auth_url)}(\?.*)?\Z", re.DOTALL)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for url in (below, exactly):
            rsps.add_callback(method, url, callback=answer, content_type=None)


def raise_what_the_wire_would(reply, request):
    if reply.lose:
        gone = RemoteDisconnected("Remote end closed connection without response")
        reason = ProtocolError("Connection aborted.", gone)
        raise requests.exceptions.ConnectionError(reason, request=request)
    patience = read_timeout(request.req_kwargs.get("timeout"))
    if patience is not None and reply.delay > patience:
        raise requests.exceptions.ReadTimeout("Read timed out.", request=request)


def read_timeout(timeout):
    """Take the seconds to wait for an answer out of what `requests` accepts as a timeout."""
    if isinstance(timeout, tuple):
        return timeout[1]
    return getattr(timeout, "read_timeout", timeout)
