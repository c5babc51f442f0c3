"""How the vendor speaks: calls, what their answers mean, how fast they may go."""

from mediajobs.remote.anchor import post_anchor
from mediajobs.remote.app_secrets import app_behind, missing_secrets
from mediajobs.remote.client import MediaClient
from mediajobs.remote.connection import connect, forget
from mediajobs.remote.errors import (
    CredentialsRefused,
    EndpointMissing,
    HeldBack,
    JobNotFound,
    MediaError,
    NoLongerWanted,
    NotSent,
    Rejected,
    RemoteFailing,
    RemotePausing,
    Throttled,
    Unclear,
    Unreadable,
    WebhookNotFound,
)
from mediajobs.remote.types import Answer, JobReport, parse_report
from mediajobs.remote.webhooks import Webhook

__all__ = [
    "Answer",
    "CredentialsRefused",
    "EndpointMissing",
    "HeldBack",
    "JobNotFound",
    "JobReport",
    "MediaClient",
    "MediaError",
    "NoLongerWanted",
    "NotSent",
    "Rejected",
    "RemoteFailing",
    "RemotePausing",
    "Throttled",
    "Unclear",
    "Unreadable",
    "Webhook",
    "WebhookNotFound",
    "app_behind",
    "connect",
    "forget",
    "missing_secrets",
    "parse_report",
    "post_anchor",
]
