"""What is remembered: jobs, cancellations, the trail, and signs of life."""

from mediajobs.models.audit import AuditEvent, AuditKind
from mediajobs.models.cancellation import (
    AttemptState,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Channel,
    ReasonCategory,
)
from mediajobs.models.heartbeat import Heartbeat
from mediajobs.models.job import Job, JobSource, JobStatus

__all__ = [
    "AttemptState",
    "AuditEvent",
    "AuditKind",
    "BatchState",
    "CancelAttempt",
    "CancelBatch",
    "Channel",
    "Heartbeat",
    "Job",
    "JobSource",
    "JobStatus",
    "ReasonCategory",
]
