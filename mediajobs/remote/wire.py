"""One exchange over HTTP: a session per thread, one deadline, a body that cannot fill memory.

Tells apart what never left this machine (NotSent) from what may have arrived (Unclear).
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as broken

from mediajobs.remote import deadline
from mediajobs.remote.errors import NotSent, Unclear
from mediajobs.remote.types import Answer

BODY_LIMIT = 1024 * 1024
#: These say without a word that nothing was done.
CLEAR_BY_STATUS = (401, 403, 429)
BEFORE_SENDING = (
    requests.ConnectTimeout,
    requests.exceptions.SSLError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    broken.NewConnectionError,
    broken.ConnectTimeoutError,
    broken.SSLError,
    broken.LocationValueError,
)


def always() -> bool:
    """Say yes: the call is wanted whatever happens meanwhile."""
    return True


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an exchange may take, in seconds: to connect, between two bytes, and in all."""

    connect: float = 3.0
    read: float = 10.0
    whole: float = 20.0


@dataclass(frozen=True, slots=True)
class Received:
    """An answer off the wire; `whole` is False if the body was too long or undecodable."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Line:
    """Sends requests, each thread over its own session; follows no redirect, keeps no cookie."""

    def __init__(
        self,
        patience: Patience,
        *,
        adapter: type[HTTPAdapter] = deadline.DeadlineAdapter,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self.patience = patience
        self._adapter, self._body_limit = adapter, body_limit
        self._threads = threading.local()

    def exchange(
        self,
        request: requests.Request,
        *,
        ends_at: float,
        still_wanted: Callable[[], bool] = always,
    ) -> Received:
        """Send once and read the answer until `ends_at` (of time.monotonic).

        A GET whose connection breaks before any answer goes out a second time: a kept-alive
        connection may have been closed meanwhile. Raises NotSent or Unclear. `still_wanted` is
        asked when all is ready to send; its no raises NoLongerWanted.
        """
        prepared = self._prepare(request)
        try:
            return self._send(prepared, ends_at, still_wanted)
        except Unclear as error:
            if prepared.method != "GET" or not _broke_before_an_answer(error.__cause__):
                raise
        return self._send(prepared, ends_at, still_wanted)

    def hang_up(self) -> None:
        """Close the connections of this thread: its next exchange makes a new one."""
        self._session().close()

    def _prepare(self, request: requests.Request) -> requests.PreparedRequest:
        try:
            return self._session().prepare_request(request)
        except (requests.RequestException, ValueError):
            # Cause and address may hold a secret: they are left out on purpose.
            raise NotSent(
                "The configured URL is not an address to send to: check the settings."
            ) from None

    def _send(
        self,
        prepared: requests.PreparedRequest,
        ends_at: float,
        still_wanted: Callable[[], bool],
    ) -> Received:
        left = ends_at - time.monotonic()
        if left <= 0:
            raise NotSent("There was no time left to send the request.")
        deadline.begin(ends_at=ends_at, read=self.patience.read, still_wanted=still_wanted)
        timeout = (min(self.patience.connect, left), min(self.patience.read, left))
        try:
            response = self._session().send(
                prepared, stream=True, allow_redirects=False, timeout=timeout
            )
        except (OSError, broken.HTTPError) as error:
            raise _failure(error, prepared) from error
        with response:
            return _receive(response, self._body_limit)

    def _session(self) -> requests.Session:
        if not hasattr(self._threads, "session"):
            self._threads.session = _Session(self._adapter)
        return self._threads.session


def host_of(url: str | None) -> str:
    """Name the host of a URL for a sentence."""
    return urllib3.util.parse_url(url or "").host or "the media API"


def _receive(response: requests.Response, limit: int) -> Received:
    try:
        body = response.raw.read(limit + 1, decode_content=True)
    except broken.DecodeError:
        return Received(response.status_code, response.headers, b"", whole=False)
    except (OSError, broken.HTTPError) as error:
        if response.status_code in CLEAR_BY_STATUS:
            return Received(response.status_code, response.headers, b"", whole=False)
        raise Unclear(
            f"The connection to {host_of(response.url)} broke in the middle of the answer.",
            answer=Answer(response.status_code, ""),
        ) from error
    return Received(response.status_code, response.headers, body[:limit], whole=len(body) <= limit)


def _failure(error: Exception, prepared: requests.PreparedRequest) -> NotSent | Unclear:
    host = host_of(prepared.url)
    if _is_before_sending(error):
        return NotSent(f"No connection to {host}: nothing was sent.")
    if isinstance(error, requests.Timeout):
        return Unclear(f"{host} did not answer in time.")
    return Unclear(f"The connection to {host} broke before an answer came.")


def _is_before_sending(error: Exception) -> bool:
    """Trust what the connection noted; where there was none, what the error says of itself."""
    if deadline.exchange.sent or deadline.exchange.connecting:
        return not deadline.exchange.sent
    return isinstance(error, BEFORE_SENDING) or isinstance(_reason(error), BEFORE_SENDING)


def _broke_before_an_answer(error: BaseException | None) -> bool:
    return isinstance(error, requests.ConnectionError) and isinstance(
        _reason(error), broken.ProtocolError
    )


def _reason(error: BaseException) -> object:
    """What urllib3 says inside an error of requests."""
    inner = error.args[0] if isinstance(error, requests.RequestException) and error.args else error
    return getattr(inner, "reason", None) or inner


class _Session(requests.Session):
    def __init__(self, adapter: type[HTTPAdapter]) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"Accept": "application/json", "User-Agent": "mediajobs"})
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter(max_retries=0, pool_connections=2, pool_maxsize=1))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """No redirect has a target: requests would otherwise read its whole body, however long."""
        return None
