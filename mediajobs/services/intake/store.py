"""Storing jobs that somebody named, with their events."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction

from mediajobs.models import AuditKind, Credential, Job, JobSource
from mediajobs.services.audit import Actor, record
from mediajobs.services.intake.rows import Row

GROUP = 1000
#: What a row says of its job, named as the columns of jobs.
GIVEN = ("remote_id", "path", "label", "note", "owner", "link")


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

    A job that is known, be it since a moment ago, stays as it is.
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
    """Store the new ones of the rows, all or none, with one event for the whole intake.

    `origin` says in words where they come from. An id that comes twice counts as known the
    second time. Reads `rows` bit by bit, in constant memory; what it raises undoes everything.
    """
    new_count = known_count = 0
    rows = iter(rows)
    constants = columns_of(Job(source=source, recorded_by=by.name, credential=credential))
    while group := list(islice(rows, GROUP)):
        stored_count = insert(group, constants)
        new_count += stored_count
        known_count += len(group) - stored_count
    record_intake(new_count, known_count, origin=origin, by=by)
    return Stored(new_count, known_count)


def record_intake(new_count: int, known_count: int, *, origin: str, by: Actor) -> None:
    """Put an intake that brought something new on record, as one event."""
    if new_count:
        detail = f"{new_count:,} new from {origin}; {known_count:,} known already"
        record(AuditKind.JOB_RECORDED, by, detail=detail)


def insert(rows: list[Row], constants: dict[str, Any]) -> int:
    """Insert the rows whose id is not there yet; return how many that were.

    Of 100,000 rows bulk_create spends nine tenths of its time on preparing values that are
    the same for all; and it cannot tell how many of them were new.
    """
    table, columns = quoted(Job._meta.db_table), ", ".join(map(quoted, constants))
    marks = ", ".join(["%s"] * len(constants))
    values = [list((constants | given(row)).values()) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks}) "  # noqa: S608 -- names of our own
            "ON CONFLICT DO NOTHING",
            values,
        )
        return cursor.rowcount


def given(row: Row) -> dict[str, str]:
    """Name the values that differ from row to row by their columns."""
    return {name: getattr(row, name) for name in GIVEN}


def columns_of(job: Job) -> dict[str, Any]:
    """Write a job that is not stored yet as the database takes it, column by column."""
    fields = [field for field in Job._meta.concrete_fields if not field.primary_key]
    return {
        field.column: field.get_db_prep_save(field.pre_save(job, add=True), connection)
        for field in fields
    }


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
