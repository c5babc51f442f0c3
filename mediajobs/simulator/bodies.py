"""How a simulated job looks from outside: the body of a status call and a row of the job list."""

from datetime import datetime, timedelta
from typing import Any

from .jobs import (
    ACTIVE,
    API_VERSIONS,
    FAILED,
    INTERNAL_ERROR,
    KEPT_SECONDS,
    PENDING,
    SUCCESS,
    SimulatedJob,
)

EPOCH = datetime(1970, 1, 1)
RESULTS: dict[str, dict[str, Any]] = {
    "/media/transcode": {"version": "1.7.0"},
    "/media/enhance": {"version": "1.1.2"},
    "/media/diagnose": {
        "media_info": {"container": {"kind": "mp4"}},
        "audio": {"quality_score": {"average": 7.4}, "noise_score": {"average": 3.1}},
    },
    "/media/master": {"initial_level": -18.2, "final_level": -14.0},
    "/media/master/preview": {"initial_level": -18.2},
}
ERRORS = {
    FAILED: {
        "type": "/problems/input-error",
        "title": "Input could not be read",
        "detail": "The input file ended before its last frame.",
    },
    INTERNAL_ERROR: {
        "type": "/problems/internal-error",
        "title": "Internal error",
        "detail": "The job was stopped by an internal error.",
    },
}


def status_body(job: SimulatedJob, now: float) -> dict[str, Any]:
    """Show one job as its own path does: no job id, no times (contract section 1)."""
    status = job.status_at(now)
    body: dict[str, Any] = {
        "path": job.path,
        "status": status,
        "progress": job.progress_at(now),
    }
    if status not in ACTIVE:
        body["api_version"] = api_version(job)
    if status == SUCCESS:
        body["result"] = RESULTS.get(job.path, {})
    if status in ERRORS:
        body["error"] = ERRORS[status]
    return body


def list_row(job: SimulatedJob, now: float) -> dict[str, Any]:
    """Show one job as the job list does: with its times, without its error (contract section 2)."""
    status = job.status_at(now)
    row: dict[str, Any] = {
        "job_id": job.job_id,
        "api_version": api_version(job),
        "path": job.path,
        "status": status,
        "progress": job.progress_at(now),
    }
    if status == SUCCESS:
        row["duration"] = job.media_seconds
    row["time_submitted"] = written(job.submitted_ms)
    if status != PENDING:
        row["time_started"] = written(job.submitted_second * 1000)
    if status not in ACTIVE:
        row["time_completed"] = written(int(job.ends_at * 1000))
    row["expiry"] = written((job.submitted_second + KEPT_SECONDS) * 1000)
    return row


def api_version(job: SimulatedJob) -> str:
    return API_VERSIONS.get(job.path, "v1.0")


def written(milliseconds: int) -> str:
    """Write milliseconds since the epoch as the API does: 2025-03-05T10:15:20.411Z."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds") + "Z"
