"""Who we are to the remote: a static token, or an app key and secret that give tokens."""

import copy
import json
import math
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import requests

from mediajobs.remote.answers import parse_retry_after
from mediajobs.remote.errors import CredentialsRefused, MediaError, NotSent, Throttled, Unclear
from mediajobs.remote.types import Answer
from mediajobs.remote.wire import Line, Patience, Received

USUAL_LIFETIME = 1800.0  # seconds, where the answer says nothing usable (contract, section 5)
LONGEST_LIFETIME = 86400.0
MARGIN = 60.0


class Auth(Protocol):
    """What the client needs of credentials."""

    def header(self) -> dict[str, str]:
        """Give the header of a call; raise CredentialsRefused if there can be none."""

    def renew(self, stale: str) -> bool:
        """Say whether there is another token than the `stale` one by now."""


class StaticToken:
    """A token from the settings: there is no other when it is refused."""

    def __init__(self, token: str) -> None:
        self._token = token.strip()

    def header(self) -> dict[str, str]:
        """Give the header of a call."""
        return _bearer(self._token)

    def renew(self, stale: str) -> bool:
        """Say no: nothing can be renewed."""
        return False


class NoCredentials:
    """Stands in where there are none, and says so to each call."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def header(self) -> dict[str, str]:
        """Raise CredentialsRefused: nothing can be sent."""
        raise CredentialsRefused(self._sentence)

    def renew(self, stale: str) -> bool:
        """Say no: there is nothing to renew."""
        return False


class AppKey:
    """An app key and secret; their token is shared by all threads and renewed once for all."""

    def __init__(
        self,
        auth_url: str,
        key: str,
        secret: str,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auth_url = auth_url
        self._credentials = (key.strip().encode(), secret.strip().encode())
        self._line = Line(patience or Patience())
        self._clock = clock
        self._lock = threading.Lock()
        self._token, self._renew_at = "", 0.0
        self._attempts_ended = 0
        self._failure: MediaError | None = None

    def header(self) -> dict[str, str]:
        """Give the header of a call, with a token fetched first if there is none that lasts."""
        return _bearer(
            self._token_unless(lambda: bool(self._token) and self._clock() < self._renew_at)
        )

    def renew(self, stale: str) -> bool:
        """Fetch another token, unless another thread has replaced the stale one already."""
        return self._token_unless(lambda: self._token not in ("", stale)) != stale

    def _token_unless(self, is_good: Callable[[], bool]) -> str:
        """Fetch a token unless the present one will do; who waited for a fetch shares its end."""
        if is_good():
            return self._token
        ended_before = self._attempts_ended
        with self._lock:
            if is_good():
                return self._token
            if self._attempts_ended == ended_before:
                self._fetch()
            elif self._failure:
                raise copy.copy(self._failure)
            return self._token

    def _fetch(self) -> None:
        try:
            ends_at = time.monotonic() + self._line.patience.whole
            token, lifetime = _read_token(self._line.exchange(self._request(), ends_at=ends_at))
        except MediaError as error:
            # A copy, because a raised error holds on to all that its frames held.
            self._failure = copy.copy(_as_ours(error))
            raise copy.copy(self._failure) from error
        else:
            self._failure = None
            # The order matters to threads that look without the lock.
            self._renew_at = self._clock() + lifetime - min(MARGIN, lifetime / 10)
            self._token = token
        finally:
            self._attempts_ended += 1

    def _request(self) -> requests.Request:
        form = {"grant_type": "client_credentials"}
        return requests.Request("POST", self._auth_url, data=form, auth=self._credentials)


def _bearer(token: str) -> dict[str, str]:
    if not (token and token.isascii() and token.isprintable() and " " not in token):
        words = "The API token is empty or holds characters that no token has: set it again."
        raise CredentialsRefused(words)
    return {"Authorization": f"Bearer {token}"}


def _as_ours(error: MediaError) -> MediaError:
    """An unclear renewal is clear for the call that needed it: that one did not leave."""
    if isinstance(error, Unclear):
        return NotSent(
            f"No token: {error} Nothing was sent.",
            answer=error.answer,
            retry_after=error.retry_after,
        )
    return error


def _read_token(received: Received) -> tuple[str, float]:
    """Find the token and its lifetime in an answer, or raise what the answer means.

    The body is no part of any error: it may repeat the token or the secret.
    """
    status = received.status
    known: dict[str, Any] = {
        "answer": Answer(status, ""),
        "retry_after": parse_retry_after(received.headers.get("Retry-After")),
    }
    if status == 429:
        raise Throttled("The token endpoint asks for fewer calls (HTTP 429).", **known)
    if status == 408 or status >= 500:
        raise NotSent(
            f"No token: the token endpoint failed (HTTP {status}). Nothing was sent.", **known
        )
    if not 200 <= status < 300:
        raise CredentialsRefused(
            f"The token endpoint refused the app key and secret (HTTP {status}): "
            "check both, and its address.",
            **known,
        )
    body = _json_object(received)
    token = body.get("access_token")
    if not isinstance(token, str) or not token.strip():
        raise NotSent(
            "No token: the token endpoint answered without one. Nothing was sent.", **known
        )
    return token.strip(), _lifetime(body.get("expires_in"))


def _json_object(received: Received) -> dict[str, Any]:
    try:
        body = json.loads(received.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _lifetime(value: object) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return USUAL_LIFETIME
    return (
        min(seconds, LONGEST_LIFETIME) if math.isfinite(seconds) and seconds > 0 else USUAL_LIFETIME
    )
