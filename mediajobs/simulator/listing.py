"""The job list: jobs in order of submission, filters, pages by key (contract section 2)."""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import floor
from typing import Any

from .bodies import list_row, written
from .jobs import KEPT_SECONDS, SimulatedJob

PAGE_SIZE = 100
APP_ID = "simulated-app"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
AFTER_EVERY_ID = "\U0010ffff"

Key = tuple[int, str]  # when it was submitted, in milliseconds, and the job id


class BadQueryError(ValueError):
    """The question cannot be understood; the text says why."""


class JobList:
    """All jobs by id, and their keys sorted, so that a page costs the rows on it."""

    def __init__(self) -> None:
        self.jobs: dict[str, SimulatedJob] = {}
        self._keys: list[Key] = []

    def add(self, job: SimulatedJob) -> None:
        self.jobs[job.job_id] = job
        insort(self._keys, (job.submitted_ms, job.job_id))

    def page(self, query: Mapping[str, str], now: float) -> dict[str, Any]:
        """Build one page, newest submission first.

        Raises BadQueryError on a date or a token that makes no sense.
        """
        found = self._matching(query, now)
        rows = [list_row(job, now) for job in islice(found, PAGE_SIZE)]
        body: dict[str, Any] = {"count": len(rows), "jobs": rows}
        if len(rows) == PAGE_SIZE and next(found, None) is not None:
            last = self.jobs[rows[-1]["job_id"]]
            body["next_token"] = write_token((last.submitted_ms, last.job_id))
        return body

    def _matching(self, query: Mapping[str, str], now: float) -> Iterator[SimulatedJob]:
        low, high = self._bounds(query, now)
        status = query.get("status")
        newest_first = (self.jobs[self._keys[place][1]] for place in range(high - 1, low - 1, -1))
        if not status:
            return newest_first
        return (job for job in newest_first if job.status_at(now) == status)

    def _bounds(self, query: Mapping[str, str], now: float) -> tuple[int, int]:
        oldest_kept = (floor(now - KEPT_SECONDS) + 1) * 1000
        after = read_time(query, "submitted_after", round_up=True)
        before = read_time(query, "submitted_before", round_up=False)
        if after is not None and before is not None and before < after:
            raise BadQueryError("submitted_before must not be earlier than submitted_after.")
        low = bisect_left(self._keys, (max(oldest_kept, after or 0), ""))
        high = len(self._keys)
        if before is not None:
            high = bisect_right(self._keys, (before, AFTER_EVERY_ID))
        if query.get("next_token"):
            high = min(high, bisect_left(self._keys, read_token(query["next_token"])))
        return low, high


def read_time(query: Mapping[str, str], name: str, *, round_up: bool) -> int | None:
    """Read an ISO 8601 time as milliseconds since the epoch; without a zone it is UTC."""
    if not query.get(name):
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError:
        raise BadQueryError(f"{name} is not an ISO 8601 date and time.") from None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH
    return -(-since // MILLISECOND) if round_up else since // MILLISECOND


def write_token(key: Key) -> str:
    place = {"timeSubmitted": written(key[0]), "jobId": key[1], "appId": APP_ID}
    return base64.b64encode(json.dumps(place).encode()).decode()


def read_token(token: str) -> Key:
    try:
        place = json.loads(base64.b64decode(token, validate=True))
        submitted = read_time(place, "timeSubmitted", round_up=False)
        job_id = place["jobId"]
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError):
        raise BadQueryError("next_token is not one that this list gave out.") from None
    if submitted is None or not isinstance(job_id, str):
        raise BadQueryError("next_token is not one that this list gave out.")
    return submitted, job_id
