"""Who may call: the token endpoint and the check of Bearer tokens (contract section 5)."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qsl

from .replies import Reply, as_json, problem

TOKEN_PATH = "/v1/auth/token"  # noqa: S105 - an address
DEFAULT_SECONDS = 1800
MOST_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is accepted; with nothing set, everybody who names himself is."""

    app_key: str | None = None
    app_secret: str | None = None
    static_token: str | None = None

    @property
    def open_to_all(self) -> bool:
        return self.app_key is None and self.static_token is None


class TokenDesk:
    def __init__(self, clock: Callable[[], float], random: Random) -> None:
        self._clock = clock
        self._random = random
        self._valid_until: dict[str, float] = {}

    def accepts(self, headers: Mapping[str, str], credentials: Credentials) -> bool:
        scheme, _, token = authorization(headers).partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return False
        if credentials.open_to_all or token == credentials.static_token:
            return True
        return self._valid_until.get(token, 0.0) > self._clock()

    def answer(self, headers: Mapping[str, str], body: bytes, credentials: Credentials) -> Reply:
        """Exchange key and secret for a token that lives one second less than was asked."""
        if not _may_ask(headers, credentials):
            return problem(401, "Unauthorized", "App key or secret is wrong.", TOKEN_PATH)
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials":
            detail = "grant_type must be client_credentials."
            return problem(400, "Validation error", detail, TOKEN_PATH)
        asked = form.get("expires_in", str(DEFAULT_SECONDS))
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= MOST_SECONDS):
            detail = f"expires_in must be a whole number from 1 to {MOST_SECONDS}."
            return problem(400, "Validation error", detail, TOKEN_PATH)
        return as_json(200, self._issue(int(asked) - 1))

    def void(self) -> None:
        """End every token that was given out."""
        self._valid_until.clear()

    def _issue(self, seconds: int) -> dict[str, object]:
        now = self._clock()
        token = ".".join(
            (
                _part({"alg": "HS256", "typ": "JWT"}),
                _part({"sub": "simulated-app", "exp": int(now) + seconds}),
                f"{self._random.getrandbits(256):064x}",
            )
        )
        self._valid_until = {old: end for old, end in self._valid_until.items() if end > now}
        self._valid_until[token] = now + seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


def authorization(headers: Mapping[str, str]) -> str:
    for name, value in headers.items():
        if name.lower() == "authorization":
            return value if isinstance(value, str) else value.decode("latin-1")
    return ""


def _may_ask(headers: Mapping[str, str], credentials: Credentials) -> bool:
    scheme, _, encoded = authorization(headers).partition(" ")
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    if scheme.lower() != "basic" or ":" not in pair:
        return False
    if credentials.app_key is None:
        return credentials.open_to_all
    return pair == f"{credentials.app_key}:{credentials.app_secret}"


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
