"""Storing jobs that somebody named, with their events."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from mediajobs.models import AuditKind, Job, JobSource
from mediajobs.services.audit import Actor, record
from mediajobs.services.intake.rows import Row

GROUP = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of an intake."""

    new_count: int
    known_count: int

    @property
    def words(self) -> str:
        """Tell the counts: "412 jobs recorded; 3 known already."."""
        known = f"; {self.known_count:,} known already" if self.known_count else ""
        noun = "job" if self.new_count == 1 else "jobs"
        return f"{self.new_count:,} {noun} recorded{known}."


@transaction.atomic
def record_one(
    *, remote_id: str, path: str, label: str = "", note: str = "", by: Actor
) -> tuple[Job, bool]:
    """Store one job by its id; return it and whether it was new.

    A job that is known, be it since a moment ago, stays as it is.
    """
    about = {"path": path, "label": label, "note": note}
    job, is_new = Job.objects.get_or_create(
        remote_id=remote_id,
        defaults={**about, "source": JobSource.FORM, "recorded_by": by.name},
    )
    if is_new:
        detail = f"{path}, label “{label}”"
        record(AuditKind.JOB_RECORDED, by, job_id=remote_id, detail=detail)
    return job, is_new


@transaction.atomic
def store(rows: Iterable[Row], *, by: Actor, source: JobSource, origin: str) -> Stored:
    """Store the new ones of the rows, all or none, with one event for the whole intake.

    `origin` says in words where they come from. Reads `rows` bit by bit, in constant
    memory; what it raises undoes everything.
    """
    new_count = known_count = 0
    rows = iter(rows)
    while group := list(islice(rows, GROUP)):
        stored_count = store_group(group, by, source)
        new_count += stored_count
        known_count += len(group) - stored_count
    if new_count:
        detail = f"{new_count} new from {origin}; {known_count} known already"
        record(AuditKind.JOB_RECORDED, by, detail=detail)
    return Stored(new_count, known_count)


def store_group(rows: list[Row], by: Actor, source: JobSource) -> int:
    """Store the unknown ones; return how many. A row of another's making in between stays."""
    by_id = {row.remote_id: row for row in reversed(rows)}
    known = set(Job.objects.filter(remote_id__in=by_id).values_list("remote_id", flat=True))
    unknown = [row for row in reversed(by_id.values()) if row.remote_id not in known]
    new = [make_job(row, by, source) for row in unknown]
    Job.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def make_job(row: Row, by: Actor, source: JobSource) -> Job:
    return Job(
        remote_id=row.remote_id,
        path=row.path,
        label=row.label,
        note=row.note,
        source=source,
        recorded_by=by.name,
    )
