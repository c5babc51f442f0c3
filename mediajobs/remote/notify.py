"""Posting notices to the addresses of NOTICE_URLS: signed JSON, or a text as Slack takes it.

Such an address may be a secret in itself: no sentence, log or table of ours holds a whole one.
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from mediajobs.remote.errors import MediaError, Rejected
from mediajobs.remote.guard import GuardedAdapter
from mediajobs.remote.wire import Line, Patience

PATIENCE = Patience(connect=3.0, read=10.0, whole=10.0)
ANSWER_LIMIT = 4 * 1024
SLACK = "slack+"
#: The end of an address is shown, to tell two of one host apart, if much more stays hidden.
SHOWN_CHARACTERS = 4
LEAST_HIDDEN = 12

_line = Line(PATIENCE, adapter=GuardedAdapter, body_limit=ANSWER_LIMIT)


@dataclass(frozen=True, slots=True)
class Receiver:
    """One of the addresses, without a word about it that gives it away."""

    url: str = field(repr=False)
    is_slack: bool

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def key(self) -> str:
        """What stands for it in a table."""
        return hashlib.sha256(f"{self.is_slack} {self.url}".encode()).hexdigest()[:32]

    @property
    def shown(self) -> str:
        """What stands for it on a page: its host, and the end of a long address."""
        hidden = self.url.partition(self.host)[2]
        is_long = len(hidden) >= LEAST_HIDDEN + SHOWN_CHARACTERS
        return f"{self.host} …{self.url[-SHOWN_CHARACTERS:]}" if is_long else self.host


def receivers() -> list[Receiver]:
    """Read NOTICE_URLS, each address once; ValueError as `read_receiver` raises it."""
    return [read_receiver(text) for text in dict.fromkeys(settings.NOTICE_URLS)]


def read_receiver(text: str) -> Receiver:
    """Read one address; raise ValueError with what is wrong, and without the address."""
    is_slack = text.startswith(SLACK)
    url = text.removeprefix(SLACK)
    try:
        parts = urlsplit(url)
        requests.Request("POST", url).prepare()
    except (requests.RequestException, ValueError):
        raise ValueError("is no address") from None
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ValueError("is no address")
    if parts.scheme == "http" and not settings.NOTICE_ALLOW_PRIVATE:
        raise ValueError("is not https://, which only NOTICE_ALLOW_PRIVATE=true lets pass")
    if parts.username or parts.password:
        raise ValueError("holds a name or a password before its host")
    return Receiver(url, is_slack)


def post_signed(receiver: Receiver, facts: dict[str, Any], *, key: str) -> None:
    """Send facts as JSON with `key` as the id of the notice, and a signature over time and body.

    Returns for any 2xx; else raises a MediaError that says what came back.
    """
    body = json.dumps(facts | {"id": key}, sort_keys=True).encode()
    timestamp = str(int(time.time()))
    headers = {
        "X-Panel-Notice-Id": key,
        "X-Panel-Timestamp": timestamp,
        "X-Panel-Signature": f"sha256={sign(timestamp, body)}",
    }
    _post(receiver, body, headers)


def sign(timestamp: str, body: bytes) -> str:
    """Sign as a receiver checks it: HMAC-SHA256 of timestamp, a full stop and the body."""
    message = timestamp.encode() + b"." + body
    return hmac.new(settings.NOTICE_SECRET.encode(), message, hashlib.sha256).hexdigest()


def post_text(receiver: Receiver, text: str) -> None:
    """Send a text as Slack takes it, its control sequences made plain words; else as above."""
    _post(receiver, json.dumps({"text": slack_escaped(text)}).encode(), {})


def slack_escaped(text: str) -> str:
    """Take the power from what Slack and its kin read as mark-up or as a call to everybody."""
    for character, plain in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b")):
        text = text.replace(character, plain)
    return text


def _post(receiver: Receiver, body: bytes, headers: dict[str, str]) -> None:
    fixed = {"Content-Type": "application/json", "Connection": "close"}
    request = requests.Request("POST", receiver.url, data=body, headers=fixed | headers)
    try:
        status = _line.exchange(request, ends_at=time.monotonic() + PATIENCE.whole).status
    except MediaError as error:
        if error.answer is None:
            # The cause may quote the address: it is left out on purpose.
            raise type(error)(str(error)) from None
        status = error.answer.http_status
    finally:
        # The next notice looks at the address anew, which on a kept connection it would not.
        _line.hang_up()
    if not 200 <= status < 300:
        redirect = " and points elsewhere, which is not followed" if status // 100 == 3 else ""
        raise Rejected(f"{receiver.host} answered HTTP {status}{redirect}.")
