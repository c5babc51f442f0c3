"""The operator's door."""

from mediajobs.admin import audit

__all__ = ["audit"]
