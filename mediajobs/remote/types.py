"""What an answer means to us: the evidence, and a job as the remote reports it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

EVIDENCE_LENGTH = 4096
JOB_ID_LENGTH = 128
STATUS_LENGTH = 64
PATH_LENGTH = 200
API_VERSION_LENGTH = 32
ERROR_LENGTH = 2000
LONGEST_DURATION = 100_000_000  # seconds; more is nonsense, and no column holds it
MILLISECOND = Decimal("0.001")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """The evidence: the HTTP status and the beginning of the body, as far as a database stores it:
    without NUL, and with a sign in the place of what is no text.
    """

    http_status: int
    text: str


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job as the remote tells it; what was missing or of a wrong type is None or empty.

    `status` is the remote's word exactly as it came, times are in UTC, `duration` is in seconds.
    """

    job_id: str
    path: str
    status: str
    progress: int | None
    api_version: str
    error: str
    duration: Decimal | None
    submitted_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    text: str


def parse_report(body: Mapping[str, Any], *, job_id: str = "", path: str = "") -> JobReport | None:
    """Read a list row, a status body or a webhook body; None if it names no usable job id.

    `job_id` and `path` stand in where the body has none (contract, section 1).
    """
    found_id = _job_id(body.get("job_id")) or _job_id(job_id)
    if not found_id:
        return None
    status = _status(body.get("status"))
    return JobReport(
        job_id=found_id,
        path=_text(body.get("path"), PATH_LENGTH) or _text(path, PATH_LENGTH),
        status=status,
        progress=_progress(body.get("progress")),
        api_version=_text(body.get("api_version"), API_VERSION_LENGTH),
        # Samples print an `error` beside Success: it is no proof of failure.
        error="" if status == "Success" else _error_line(body.get("error")),
        duration=_duration(body.get("duration")),
        submitted_at=parse_time(body.get("time_submitted")),
        started_at=parse_time(body.get("time_started")),
        completed_at=parse_time(body.get("time_completed")),
        expires_at=parse_time(body.get("expiry")),
        text=_as_json(body),
    )


def parse_time(value: object) -> datetime | None:
    """Read an ISO 8601 time as UTC (one without an offset is taken as UTC).

    None if it is none, or before 2000 or after 2199: no job is that old or that new.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment <= LATEST else None


def storable(text: str, length: int) -> str:
    """Cut a text of the remote and take out what no database stores (NUL, lone surrogates)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:length]


def printable(text: str) -> str:
    """Replace what commands a terminal or turns the direction of text."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _text(value: object, length: int) -> str:
    return storable(value, length) if isinstance(value, str) else ""


def _status(value: object) -> str:
    """Keep a word that had to be changed to be stored from looking like a known one."""
    return _text(value.replace("\x00", "\ufffd"), STATUS_LENGTH) if isinstance(value, str) else ""


def _job_id(value: object) -> str:
    """Ids are compared exactly: one that would have to be changed to be stored is not usable."""
    usable = (
        isinstance(value, str)
        and value.isprintable()
        and value.strip() == value
        and len(value) <= JOB_ID_LENGTH
    )
    return str(value) if usable else ""


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _progress(value: Any) -> int | None:
    return int(max(0, min(100, value))) if _is_number(value) else None


def _duration(value: Any) -> Decimal | None:
    if not _is_number(value) or not 0 <= value <= LONGEST_DURATION:
        return None
    # As exact as the column: what it would round is no news at each reading.
    return Decimal(str(value)).quantize(MILLISECOND)


def _error_line(error: object) -> str:
    """Make one line of an error object: "Title: detail (type)", whatever of it is there."""
    if not isinstance(error, Mapping):
        return _one_line(error)
    title, kind = _one_line(error.get("title")), _one_line(error.get("type"))
    detail = _one_line(error.get("detail")) or _one_line(error.get("details"))
    said = ": ".join(part for part in (title, detail) if part)
    line = f"{said} ({kind})" if said and kind else said or kind
    return storable(line, ERROR_LENGTH)


def _one_line(value: object) -> str:
    """Write a text, or the texts of a list, as one line; lists in lists may be of any depth."""
    parts = value[:20] if isinstance(value, list) else [value]
    lines = (" ".join(_text(part, ERROR_LENGTH).split()) for part in parts)
    return "; ".join(filter(None, lines))


def _as_json(body: Mapping[str, Any]) -> str:
    try:
        return storable(json.dumps(body, ensure_ascii=False, default=str), EVIDENCE_LENGTH)
    except (ValueError, RecursionError):
        return ""
