"""Storing jobs that somebody named, with their events."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from mediajobs.models import AuditKind, Credential, Job, JobSource
from mediajobs.services.apps import why_unread
from mediajobs.services.audit import Actor, record
from mediajobs.services.intake import incoming
from mediajobs.services.intake.rows import Row
from mediajobs.services.intake.words import compare, fill


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of an intake: `known_count` are those of which nothing changed."""

    new_count: int
    named_count: int
    known_count: int

    @property
    def words(self) -> str:
        """Tell the counts: "412 jobs recorded; 20 named; 3 known already."."""
        noun = "job" if self.new_count == 1 else "jobs"
        named = f"; {self.named_count:,} named" if self.named_count else ""
        known = f"; {self.known_count:,} known already" if self.known_count else ""
        return f"{self.new_count:,} {noun} recorded{named}{known}."


@transaction.atomic
def record_one(
    *,
    remote_id: str,
    path: str,
    label: str = "",
    note: str = "",
    owner: str = "",
    link: str = "",
    credential: Credential | None = None,
    by: Actor,
) -> tuple[Job, bool]:
    """Store one job by its id; return it and whether it was new.

    A job that is known, be it since a moment ago, stays as it is. Raises ValidationError for a
    new one that nobody would read.
    """
    about = {"path": path, "label": label, "note": note, "owner": owner, "link": link}
    job, is_new = Job.objects.get_or_create(
        remote_id=remote_id,
        defaults={
            **about,
            "credential": credential,
            "source": JobSource.FORM,
            "recorded_by": by.name,
        },
    )
    if is_new:
        refuse_unread(credential)
        detail = f"{path}, label “{label}”"
        record(AuditKind.JOB_RECORDED, by, job_id=remote_id, detail=detail)
    return job, is_new


@transaction.atomic
def store(
    rows: Iterable[Row],
    *,
    by: Actor,
    source: JobSource,
    origin: str,
    credential: Credential | None = None,
) -> Stored:
    """Store the new ones of the rows, and fill in what nobody said of the known ones so far.

    All or none. The new ones have one event together, each one that is named has its own.
    `origin` says in words where they come from. An id that comes twice counts as known the
    second time. Reads `rows` bit by bit, in constant memory; what it raises undoes everything.
    """
    incoming.make()
    row_count = incoming.add(rows)
    new_count = incoming.insert_new(Job(source=source, recorded_by=by.name, credential=credential))
    if new_count:
        refuse_unread(credential)
    named_count = sum(name_jobs(keys, by) for keys in incoming.nameable())
    incoming.drop()
    record_intake(new_count, row_count - new_count, origin=origin, by=by)
    return Stored(new_count, named_count, row_count - new_count - named_count)


def refuse_unread(credential: Credential | None) -> None:
    """Raise ValidationError where nobody would read new jobs of this app."""
    if why := why_unread(credential):
        raise ValidationError(why)


def name_jobs(keys: list[int], by: Actor) -> int:
    """Fill the empty places of known jobs; return how many had one still."""
    jobs = Job.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    known = {job.remote_id: job for job in jobs}
    rows = incoming.rows_of(known)
    taken = [compare(row, known[row.remote_id]) for row in rows]
    fill(rows, taken, known, by)
    return sum(bool(what.filled) for what in taken)


def record_intake(
    new_count: int, known_count: int, *, origin: str, by: Actor, job_id: str = ""
) -> None:
    """Put an intake that brought something new on record: one event, of one job with its id."""
    if new_count:
        detail = f"{new_count:,} new from {origin}; {known_count:,} known already"
        record(AuditKind.JOB_RECORDED, by, job_id=job_id, detail=detail)
