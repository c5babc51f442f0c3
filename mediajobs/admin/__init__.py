"""The operator's door."""

from mediajobs.admin import audit, cancellation, credential, job, users

__all__ = ["audit", "cancellation", "credential", "job", "users"]
