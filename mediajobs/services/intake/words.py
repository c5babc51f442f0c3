"""What rows say of jobs that are known: empty places are filled, and what stands there stays."""

from dataclasses import dataclass
from typing import Any

from mediajobs.models import AuditEvent, AuditKind, Job, statements
from mediajobs.services.audit import Actor, event
from mediajobs.services.intake.rows import Row
from mediajobs.services.jobs import EDITABLE, change_words


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one row: `filled` was empty and is not any more, `kept` says otherwise."""

    remote_id: str
    is_new: bool
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def compare(row: Row, job: Any) -> Taken:
    """Say which words of a row find an empty place at its job, and which find another word.

    `job` is one, or has what it says by the same names.
    """
    said = [name for name in EDITABLE if getattr(row, name)]
    filled = tuple(name for name in said if not getattr(job, name))
    kept = tuple(
        name
        for name in ("path", *said)
        if name not in filled and getattr(row, name) != getattr(job, name)
    )
    return Taken(row.remote_id, is_new=False, filled=filled, kept=kept)


def fill(rows: list[Row], taken: list[Taken], known: dict[str, Job], by: Actor) -> None:
    """Write what was missing, each job with its event, in one statement of each kind."""
    values, events = [], []
    for row, what in zip(rows, taken, strict=True):
        if not what.filled:
            continue
        job = known[row.remote_id]
        changed = {name: getattr(row, name) for name in what.filled}
        detail = change_words(job, changed)
        events.append(event(AuditKind.JOB_EDITED, by, job_id=job.remote_id, detail=detail))
        values.append([job.pk, *(changed.get(name, getattr(job, name)) for name in EDITABLE)])
    statements.update_each(Job, ("id",), EDITABLE, values)
    AuditEvent.objects.append(events)
