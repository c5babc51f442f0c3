"""Deeds that were refused because somebody has no right to them."""

from mediajobs.models import AuditKind
from mediajobs.services.audit import Actor, record, storable

#: Methods that only show.
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def refused(*, by: Actor, method: str, path: str, why: str) -> None:
    """Record that somebody tried a deed without a right to it; looking at a page is none."""
    if method not in SAFE:
        words = why or "There is no right to it."
        detail = storable(f"{method} {path[:300]}: {words[:500]}")
        record(AuditKind.RIGHTS_REFUSED, by, detail=detail)
