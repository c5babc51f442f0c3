"""Looking at jobs by a call each, and what says that no further call is to begin."""

import time
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from mediajobs.models import Job
from mediajobs.remote import (
    CredentialsRefused,
    EndpointMissing,
    JobReport,
    MediaClient,
    MediaError,
    Rejected,
    Unclear,
    Unreadable,
)

#: When so many jobs are refused to our credentials before any other answer, nobody asks on.
MOST_REFUSALS = 10
#: And when so many fail: with those under way they are too few to open the breaker for all reads.
MOST_FAILURES = 2
#: What shows that it has looked past our credentials.
HEARD = (JobReport, Rejected, Unreadable)


class Stop(Protocol):
    """What says that no further call is to begin."""

    def is_set(self) -> bool:
        """Whether it says so by now."""


class TimeIsOver:
    """Set once another stop is, or after so many seconds."""

    def __init__(self, stop: Stop, seconds: float) -> None:
        self._stop, self._ends_at = stop, time.monotonic() + seconds

    def is_set(self) -> bool:
        return self._stop.is_set() or time.monotonic() > self._ends_at


class Looks:
    """Looks at single jobs, by many threads, until `stop` or until they are in vain.

    One refusal of our credentials, or one failure, may be about that job; many, and nothing
    else, are about all.
    """

    def __init__(self, client: MediaClient, stop: Stop) -> None:
        self._client, self._stop = client, stop
        self._refused: list[MediaError] = []
        self._failed: list[MediaError] = []
        self._is_heard = False

    @property
    def is_over(self) -> bool:
        are_many = len(self._refused) >= MOST_REFUSALS or len(self._failed) >= MOST_FAILURES
        return (are_many and not self._is_heard) or self._stop.is_set()

    def ask(self, job: Job) -> tuple[Job, datetime, JobReport | MediaError | None]:
        """Look at a job; None if it was not asked for."""
        read_at = timezone.now()
        report = None if self.is_over else look(self._client, job)
        if isinstance(report, CredentialsRefused):
            self._refused.append(report)
        elif isinstance(report, Unclear):
            self._failed.append(report)
        elif isinstance(report, HEARD) and not isinstance(report, EndpointMissing):
            self._is_heard = True
        return job, read_at, report


def look(client: MediaClient, job: Job) -> JobReport | MediaError:
    """Ask the remote for one job; touches no table, so that any thread may do it."""
    try:
        return client.status(job.path, job.remote_id)
    except MediaError as error:
        return error
