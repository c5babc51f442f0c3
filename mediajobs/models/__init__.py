"""What is remembered: jobs, cancellations, the trail, and signs of life."""

from mediajobs.models.attempt import AttemptState, CancelAttempt
from mediajobs.models.audit import AuditEvent, AuditKind, Channel
from mediajobs.models.batch import BatchState, CancelBatch, ReasonCategory
from mediajobs.models.checkpoint import AuditAnchor, AuditCheckpoint
from mediajobs.models.credential import Credential
from mediajobs.models.discovery import Discovery
from mediajobs.models.heartbeat import Heartbeat
from mediajobs.models.job import Job, JobSource, JobStatus
from mediajobs.models.link import AuditLink

__all__ = [
    "AttemptState",
    "AuditAnchor",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditKind",
    "AuditLink",
    "BatchState",
    "CancelAttempt",
    "CancelBatch",
    "Channel",
    "Credential",
    "Discovery",
    "Heartbeat",
    "Job",
    "JobSource",
    "JobStatus",
    "ReasonCategory",
]
