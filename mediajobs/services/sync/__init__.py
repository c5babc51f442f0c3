"""Keeping the table of jobs in step with the remote."""

from mediajobs.services.sync.discover import NEVER, discover, discover_new, look_for_new
from mediajobs.services.sync.health import note_health
from mediajobs.services.sync.looks import TimeIsOver, look
from mediajobs.services.sync.refresh import (
    refresh,
    refresh_active,
    refresh_many,
)
from mediajobs.services.sync.report import (
    STATUSES,
    adopt,
    apply_report,
    mark_missing,
    new_job,
    store,
)
from mediajobs.services.sync.window import AnotherWalk

__all__ = [
    "NEVER",
    "STATUSES",
    "AnotherWalk",
    "TimeIsOver",
    "adopt",
    "apply_report",
    "discover",
    "discover_new",
    "look",
    "look_for_new",
    "mark_missing",
    "new_job",
    "note_health",
    "refresh",
    "refresh_active",
    "refresh_many",
    "store",
]
