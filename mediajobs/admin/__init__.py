"""The operator's door."""

from mediajobs.admin import audit, cancellation, credential, delivery, job, users

__all__ = ["audit", "cancellation", "credential", "delivery", "job", "users"]
