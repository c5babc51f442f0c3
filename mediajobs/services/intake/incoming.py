"""Rows on their way in: a table that only this connection sees, until its transaction ends.

Of any number of rows jobs are written from it in one order, in constant memory: whoever writes
the same jobs at the same time waits, and never for somebody who waits for this.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import attrgetter

from django.db import connection

from mediajobs.models import Job
from mediajobs.models.statements import prepared, quoted
from mediajobs.services.intake.rows import GIVEN, Row
from mediajobs.services.jobs import EDITABLE

GROUP = 1000
TABLE = "incoming"
NAMES = ("line", *GIVEN)
as_tuple = attrgetter(*NAMES)
JOBS = Job._meta.db_table


def make() -> None:
    columns = ", ".join(f"{name} text NOT NULL" for name in GIVEN if name != "remote_id")
    execute(
        f"CREATE TEMPORARY TABLE {TABLE} "
        f"(line integer NOT NULL, remote_id varchar(128) PRIMARY KEY, {columns})"
    )


def drop() -> None:
    execute(f"DROP TABLE {TABLE}")


def add(rows: Iterable[Row]) -> int:
    """Take rows in, group by group; return how many came. Of an id the first one stays."""
    rest, count = iter(rows), 0
    marks = ", ".join(["%s"] * len(NAMES))
    with connection.cursor() as cursor:
        while group := [as_tuple(row) for row in islice(rest, GROUP)]:
            cursor.executemany(
                f"INSERT INTO {TABLE} ({', '.join(NAMES)}) VALUES ({marks}) "  # noqa: S608 -- names of our own
                "ON CONFLICT DO NOTHING",
                group,
            )
            count += len(group)
    return count


def insert_new(like: Job) -> int:
    """Store the jobs that are not here, `like` this one in all that rows do not say.

    In the order of ids, character by character, as all who insert jobs. Returns how many they were.
    """
    constant = [
        field
        for field in Job._meta.concrete_fields
        if not field.primary_key and field.name not in GIVEN
    ]
    columns = ", ".join([*(quoted(field.column) for field in constant), *GIVEN])
    marks = ", ".join(["%s"] * len(constant))
    values = prepared(constant, [[getattr(like, field.attname) for field in constant]])
    order = 'remote_id COLLATE "C"' if connection.vendor == "postgresql" else "remote_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {JOBS} ({columns}) "  # noqa: S608 -- names of our own
            f"SELECT {marks}, {', '.join(GIVEN)} FROM {TABLE} WHERE true "
            f"ORDER BY {order} ON CONFLICT DO NOTHING",
            values,
        )
        return cursor.rowcount


def nameable() -> Iterator[list[int]]:
    """Give the keys of the jobs with an empty place that a row could fill, in order, in groups."""
    said = [f"{TABLE}.{name} <> ''" for name in EDITABLE]
    missing = [f"{TABLE}.{name} <> '' AND {JOBS}.{name} = ''" for name in EDITABLE]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {JOBS}.id FROM {TABLE} JOIN {JOBS} USING (remote_id) "  # noqa: S608 -- names of our own
            # The first half alone spares rows without words the look at their jobs.
            f"WHERE ({' OR '.join(said)}) AND ({' OR '.join(missing)}) ORDER BY {JOBS}.id"
        )
        keys = array("q", (key for (key,) in cursor))
    for start in range(0, len(keys), GROUP):
        yield keys[start : start + GROUP].tolist()


def rows_of(remote_ids: Iterable[str]) -> list[Row]:
    """Give the rows about these jobs."""
    ids = list(remote_ids)
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(NAMES)} FROM {TABLE} WHERE remote_id IN ({marks})",  # noqa: S608 -- names of our own
            ids,
        )
        return [Row(*values) for values in cursor.fetchall()]


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
