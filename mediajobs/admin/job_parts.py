"""What the templates of a job's page are given."""

from typing import Any

from django.http import HttpRequest

from mediajobs.admin.timeline import timeline
from mediajobs.models import AttemptState, CancelAttempt, Job, JobSource
from mediajobs.models.attempt import LIVE_STATES
from mediajobs.services.audit import Actor

SOURCE_WORDS = {
    JobSource.FORM: "typed in by {who}",
    JobSource.FILE: "pasted or uploaded by {who}",
    JobSource.COMMAND: "by a command of {who}",
    JobSource.API: "named by the pipeline {who}",
    JobSource.REMOTE: "found in the remote’s list",
}


def page_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Tell all about a job."""
    return timeline_context(request, job) | standing_context(request, job)


def standing_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Tell where a job stands, and what this person may do about it."""
    waiting = awaited(job)
    return {
        "job": job,
        "cancel_words": job.cancel_state and AttemptState(job.cancel_state).label,
        "source_words": source_words(job),
        "asked": next((attempt for attempt in waiting if attempt.state in LIVE_STATES), None),
        "is_still": job.is_final and not waiting,
        "may_refresh": request.user.has_perm("mediajobs.refresh_job"),
        "may_cancel": Actor.from_request(request).may("cancel_job", "bulk_cancel_job"),
        "may_delete": request.user.has_perm("mediajobs.delete_job"),
    }


def source_words(job: Job) -> str:
    """Say how the panel came to know a job, and through whom."""
    words = SOURCE_WORDS.get(job.source, job.get_source_display().lower())
    return words.format(who=job.recorded_by or "somebody")


def timeline_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Tell what happened to a job."""
    return {
        "job": job,
        "timeline": timeline(job),
        "is_still": job.is_final and not awaited(job),
    }


def awaited(job: Job) -> list[CancelAttempt]:
    """Find the cancellations of a job that somebody released and that have not ended."""
    return list(job.attempts.released().open())
