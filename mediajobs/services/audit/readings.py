"""That somebody verified, exported or guarded the trail: on record like any deed.

Readings are sealed at once: waiting for a worker they would look like a lag.
"""

import json
import re

from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.services.audit.record import Actor, record
from mediajobs.services.audit.report import Report, Verdict
from mediajobs.services.audit.seal import seal
from mediajobs.services.audit.unreadable import readable

#: So many are passed over that cannot be read.
MOST_LOOKED_AT = 20
FROM_LINK = re.compile(r"events up to link [\d,]+, (from link [\d,]+ on)\.")


def record_verification(report: Report, *, by: Actor, since: int = 0) -> None:
    """Record what a verification found, once it is over.

    Nothing is sealed of a trail that was tampered with or lags: it stays as it was found.
    """
    part = f", from link {since:,} on" if since else ""
    problems = "".join(f" {problem.words}" for problem in report.problems)
    # As `part_verified` reads it.
    words = f"{report.event_count:,} events up to link {report.last_seq:,}{part}.{problems}"
    verdict = report.verdict
    record(AuditKind.TRAIL_VERIFIED, by, outcome=verdict.name.lower(), detail=storable(words))
    if verdict not in (Verdict.TAMPERED, Verdict.LAGGING):
        seal()


def record_export(place: str, *, last_line: str, by: Actor) -> None:
    """Record that the trail was written to a place, with what the last line counts and hashes.

    Nothing is sealed where events were missing: the trail stays as it was found.
    """
    end = json.loads(last_line)
    missing = end.get("missing_count", 0)
    others = f" {missing:,} events were not there." if missing else ""
    words = (
        f"Written to {place}: {end['event_count']:,} events and {end['checkpoint_count']:,} "
        f"checkpoints, closing digest {end['digest']}.{others}"
    )
    record(AuditKind.TRAIL_EXPORTED, by, detail=storable(words))
    if not missing:
        seal()


def record_guarding(words: str, *, by: Actor) -> None:
    """Record that the triggers were put back, unless nothing was recorded before."""
    if AuditEvent.objects.exists():
        record(AuditKind.TRAIL_GUARDED, by, detail=words)


def last_verified() -> AuditEvent | None:
    """Give the event of the newest verification; its outcome is the verdict, in lower case.

    The newest by its time and not ahead of now: whoever may add events may choose their ids.
    """
    verified = AuditEvent.objects.filter(kind=AuditKind.TRAIL_VERIFIED, at__lte=timezone.now())
    newest_first = verified.order_by("-at", "-pk")
    found, _ = readable(newest_first[:MOST_LOOKED_AT], newest_first)
    return found[0] if found else None


def part_verified(verified: AuditEvent) -> str:
    """Say of what part a verification was, as "from link 5 on"; "" if it was of all."""
    found = FROM_LINK.search(verified.detail)
    return found[1] if found else ""


def storable(words: str) -> str:
    """Escape what no database takes as text, as the name of a file may hold it."""
    return words.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")
