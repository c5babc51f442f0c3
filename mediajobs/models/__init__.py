"""What is remembered: jobs, cancellations, the trail, and signs of life."""

from mediajobs.models.attempt import AttemptState, CancelAttempt
from mediajobs.models.audit import AuditEvent, AuditKind, Channel
from mediajobs.models.batch import BatchState, CancelBatch, ReasonCategory
from mediajobs.models.checkpoint import AuditAnchor, AuditCheckpoint
from mediajobs.models.client import ApiClient, Scope
from mediajobs.models.credential import Credential
from mediajobs.models.delivery import DeliveryState, WebhookDelivery
from mediajobs.models.discovery import Discovery
from mediajobs.models.heartbeat import Heartbeat
from mediajobs.models.job import Job, JobSource, JobStatus
from mediajobs.models.kept_answer import KeptAnswer
from mediajobs.models.link import AuditLink
from mediajobs.models.notice import Happening, Notice, NoticeKind, NoticeState

__all__ = [
    "ApiClient",
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
    "DeliveryState",
    "Discovery",
    "Happening",
    "Heartbeat",
    "Job",
    "JobSource",
    "JobStatus",
    "KeptAnswer",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "ReasonCategory",
    "Scope",
    "WebhookDelivery",
]
