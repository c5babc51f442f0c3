"""The operator's door."""

from mediajobs.admin import audit, cancellation, client, credential, delivery, job, users

__all__ = ["audit", "cancellation", "client", "credential", "delivery", "job", "users"]
