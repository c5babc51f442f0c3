"""A registered webhook, and the body that registers one (contract section 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from mediajobs.remote import answers
from mediajobs.remote.errors import Unreadable
from mediajobs.remote.types import Answer, printable, storable
from mediajobs.remote.wire import Received

NOTHING = (b"", b"null", b"{}", b"[]")
LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an app's deliveries go; the values of the headers are secrets, ours or of others."""

    webhook_id: str
    url: str
    headers: Mapping[str, str] = field(repr=False)


def body_for(url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return {"callback": {"url": url, "headers": dict(headers)}}


def secrets_in(request: requests.Request) -> list[str]:
    """Find the values of headers in a body made by `body_for`."""
    callback = (request.json or {}).get("callback", {})
    return list(callback.get("headers", {}).values())


def read_webhooks(received: Received) -> list[Webhook]:
    """Read an array of webhooks or a single one, as samples and client models differ.

    The body is no part of any error: it may hold the secrets of others.
    """
    if received.body.strip() in NOTHING:
        return []
    body = answers.read_json(received)
    rows = body if isinstance(body, list) else [body]
    return [_webhook(row, received) for row in rows]


def _webhook(row: object, received: Received) -> Webhook:
    if not isinstance(row, dict) or not _text(row.get("webhook_id")):
        raise _unreadable(received)
    callback = row.get("callback")
    callback = callback if isinstance(callback, dict) else {}
    return Webhook(
        _text(row["webhook_id"]), _text(callback.get("url")), _headers(callback.get("headers"))
    )


def _headers(value: object) -> dict[str, str]:
    """Read headers; a list is one of names alone, as one sample of callbacks has it."""
    if isinstance(value, list):
        value = dict.fromkeys((name for name in value if isinstance(name, str)), "")
    if not isinstance(value, dict):
        return {}
    return {_text(name): _text(value[name]) for name in value}


def _text(value: object) -> str:
    return printable(storable(value, LENGTH)) if isinstance(value, str) else ""


def _unreadable(received: Received) -> Unreadable:
    words = "The media API's answer does not look like webhooks."
    return Unreadable(words, answer=Answer(received.status, ""))
