"""The operator's door."""

from mediajobs.admin import audit, job

__all__ = ["audit", "job"]
