"""The table of answers: what an HTTP status and its body mean for the caller."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings

from mediajobs.remote.errors import (
    CredentialsRefused,
    EndpointMissing,
    JobNotFound,
    MediaError,
    Rejected,
    Throttled,
    Unclear,
    Unreadable,
    WebhookNotFound,
)
from mediajobs.remote.types import (
    EVIDENCE_LENGTH,
    Answer,
    JobReport,
    parse_report,
    printable,
    storable,
)
from mediajobs.remote.wire import Received

UNKNOWN = {JobNotFound: "job", WebhookNotFound: "webhook"}
PROBLEM_FIELDS = {"type", "title", "detail", "details", "instance"}


def evidence(received: Received) -> Answer:
    """Keep the status and the beginning of the body."""
    text = received.body.decode("utf-8", "replace")
    return Answer(received.status, storable(text, EVIDENCE_LENGTH))


def raise_unless_accepted(received: Received, *, unknown: type[Rejected] | None) -> None:
    """Let any 2xx pass; raise what every other answer means.

    `unknown`: what a 404 can mean because the call named a job or a webhook; None if it did not.
    """
    status = received.status
    if 200 <= status < 300:
        return
    kind, sentence = _meaning(received, unknown)
    raise kind(
        f"{sentence} (HTTP {status}){_own_words(received)}.",
        answer=evidence(received),
        retry_after=parse_retry_after(received.headers.get("Retry-After")),
    )


def body_object(received: Received) -> dict[str, Any]:
    """Read the JSON object that a read must answer with, else raise Unreadable."""
    body = read_json(received)
    if isinstance(body, dict):
        return body
    size = "" if received.whole else ", or it is longer than 1 MiB"
    raise unreadable(received, f"is not a JSON object{size}")


def unreadable(received: Received, flaw: str) -> Unreadable:
    """Make the error for an answer that came but is not what the contract promises."""
    return Unreadable(f"The media API's answer {flaw}.", answer=evidence(received))


def report_in(received: Received, row: dict[str, Any], *, job_id: str = "") -> JobReport | None:
    """Read one job of an answer; a value that breaks the reading makes the answer unreadable."""
    try:
        return parse_report(row, job_id=job_id)
    except Exception as error:
        raise unreadable(received, "holds a value that nobody foresaw") from error


def parse_retry_after(value: str | None) -> float | None:
    """Read a Retry-After header (seconds or a date) as seconds up to MEDIA_API_MAX_RETRY_AFTER.

    None if it makes no sense.
    """
    longest = float(settings.MEDIA_API_MAX_RETRY_AFTER)
    value = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return min(float(value), longest)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, min((moment - datetime.now(UTC)).total_seconds(), longest))


def _meaning(received: Received, unknown: type[Rejected] | None) -> tuple[type[MediaError], str]:
    status = received.status
    if status in (401, 403):
        return (
            CredentialsRefused,
            "The media API does not accept the credentials; check the token or the app key",
        )
    if status == 429:
        return Throttled, "The media API asks for fewer calls"
    if status == 408 or not 300 <= status < 500:
        return Unclear, "The media API failed, and may have carried the call out or not"
    if status in (404, 410):
        return _what_is_missing(received, unknown)
    if status < 400:
        return Rejected, "The media API points to another address, which is not followed"
    return Rejected, "The media API refused the call"


def _what_is_missing(
    received: Received, unknown: type[Rejected] | None
) -> tuple[type[Rejected], str]:
    """What the call named, or the very address? (contract, section 10, point 13)"""
    body = read_json(received)
    is_problem = isinstance(body, dict) and not PROBLEM_FIELDS.isdisjoint(body)
    if unknown and (is_problem or not received.body.strip()):
        return unknown, f"The media API knows no such {UNKNOWN[unknown]}"
    if not unknown or _is_from_a_gateway(received, body):
        return EndpointMissing, "The media API no longer has this address"
    return Rejected, "The media API found nothing, without saying what"


def _is_from_a_gateway(received: Received, body: object) -> bool:
    if isinstance(body, dict):
        return str(body.get("message")).strip().lower() == "not found"
    content_type = received.headers.get("Content-Type", "")
    return "html" in content_type.lower() or received.body.lstrip().startswith(b"<")


def _own_words(received: Received) -> str:
    """What the remote said of it, for the end of a sentence."""
    body = read_json(received)
    if not isinstance(body, dict):
        return ""
    said = [body.get(name) for name in ("title", "detail", "details", "message")]
    words = " ".join(": ".join(word for word in said if isinstance(word, str)).split())
    return f": {printable(storable(words, 300)).rstrip('.')}" if words else ""


def read_json(received: Received) -> object:
    """Read a body as JSON; None if it is none."""
    if not received.whole:
        return None
    try:
        return json.loads(received.body)
    except (ValueError, RecursionError):
        return None
