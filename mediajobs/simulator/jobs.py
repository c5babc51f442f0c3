"""One simulated job: a plan in time, from which its status and progress follow at any moment."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isinf
from random import Random

PENDING, RUNNING = "Pending", "Running"
SUCCESS, FAILED, CANCELLED, INTERNAL_ERROR = "Success", "Failed", "Cancelled", "InternalError"
ACTIVE = frozenset({PENDING, RUNNING})

API_VERSIONS = {
    "/media/transcode": "v1.7",
    "/media/enhance": "v1.1.2",
    "/media/analyze": "v2.1",
    "/media/analyze/speech": "b1.4",
    "/media/analyze/music": "b1.0",
    "/media/diagnose": "b1.0",
    "/media/master": "v1.0",
    "/media/master/preview": "v1.0",
}
PATHS = tuple(API_VERSIONS)

KEPT_SECONDS = 31 * 24 * 3600
HALF_WAY_SECONDS = 600.0  # a job that never ends is half done after this long


@dataclass(slots=True)
class SimulatedJob:
    """Times are seconds since the epoch, infinite where something never happens."""

    job_id: str
    path: str
    submitted_ms: int
    starts_at: float
    ends_at: float
    ending: str
    work_seconds: float  # how long the whole work takes; a job that fails ends earlier
    media_seconds: float
    clock: Callable[[], float]
    cancel_requested_at: float | None = None
    end_is_settled: bool = False  # a cancel request has decided how and when it ends

    @property
    def status(self) -> str:
        return self.status_at(self.clock())

    @property
    def progress(self) -> int:
        return self.progress_at(self.clock())

    @property
    def submitted_second(self) -> int:
        return self.submitted_ms // 1000

    @property
    def expires_at(self) -> int:
        return self.submitted_second + KEPT_SECONDS

    def status_at(self, now: float) -> str:
        if now >= self.ends_at:
            return self.ending
        return RUNNING if now >= self.starts_at else PENDING

    def progress_at(self, now: float) -> int:
        if now >= self.ends_at and self.ending == SUCCESS:
            return 100
        worked = max(0.0, min(now, self.ends_at) - self.starts_at)
        if isinf(self.work_seconds):
            return int(99 * worked / (worked + HALF_WAY_SECONDS))
        return min(99, int(100 * worked / self.work_seconds)) if self.work_seconds else 0

    def note_cancel(self, now: float) -> None:
        if self.cancel_requested_at is None:
            self.cancel_requested_at = now

    def settle(self, ending: str, at: float) -> None:
        """Decide the end, once; a job that ends by itself before `at` keeps its own end."""
        if not self.end_is_settled and at < self.ends_at:
            self.ends_at, self.ending = at, ending
        self.end_is_settled = True

    def finish_by(self, at: float) -> None:
        """End as a success at `at` at the latest, whatever was planned."""
        if not self.end_is_settled:
            self.ends_at, self.ending = min(at, self.ends_at), SUCCESS
        self.end_is_settled = True


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wishes of a job: how it stands now, and how and when (None: never) it ends."""

    path: str
    status: str
    submitted_ago: float
    seconds_left: float | None
    ending: str


def plan_job(
    job_id: str, draft: Draft, *, now: float, clock: Callable[[], float], random: Random
) -> SimulatedJob:
    """Turn a draft into a plan; a status that is neither Pending nor Running is for good."""
    starts_at, ends_at = _times(draft, now)
    ending = draft.ending if draft.status in ACTIVE else draft.status
    share_done = 1.0 if ending == SUCCESS else random.uniform(0.05, 0.95)
    return SimulatedJob(
        job_id=job_id,
        path=draft.path,
        submitted_ms=int((now - draft.submitted_ago) * 1000),
        starts_at=starts_at,
        ends_at=ends_at,
        ending=ending,
        work_seconds=inf if isinf(ends_at) else (ends_at - starts_at) / share_done,
        media_seconds=round(random.uniform(2.0, 5400.0), 6),
        clock=clock,
    )


def _times(draft: Draft, now: float) -> tuple[float, float]:
    left = inf if draft.seconds_left is None else draft.seconds_left
    if draft.status == PENDING:
        return now + left / 4, now + left
    starts_at = now - draft.submitted_ago + min(1.0, draft.submitted_ago / 4)
    if draft.status == RUNNING:
        return starts_at, now + left
    return starts_at, now - draft.submitted_ago / 2
