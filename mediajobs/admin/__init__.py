"""The operator's door."""

from mediajobs.admin import audit, cancellation, job, users

__all__ = ["audit", "cancellation", "job", "users"]
