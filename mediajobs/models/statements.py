"""Many rows by one plain statement, where the ORM takes ten times as long to build it.

For rows of our own making: values go to the database as they are, times and keys excepted.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import IntegrityError, connection, models
from django.db.models.options import Options

#: So many rows a statement: SQLite takes 32,766 values.
ROWS = 500


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, and give each its key, unless they bring theirs.

    Raises IntegrityError where the database swallows a row, as a trigger of others may have it.
    """
    if not rows:
        return
    rest = iter(rows)
    for keys in inserted(rows, f"RETURNING {quoted(rows[0]._meta.pk.column)}"):
        for key in keys:
            next(rest).pk = key
    if next(rest, None):
        raise IntegrityError(f"The database did not store all rows of {rows[0]._meta.db_table}.")


def insert_unless_known(rows: Sequence[models.Model], *, by: str) -> set[Any]:
    """Insert those rows of one model that no unique column forbids; return their values of `by`."""
    if not rows:
        return set()
    column = quoted(rows[0]._meta.get_field(by).column)
    groups = inserted(rows, f"ON CONFLICT DO NOTHING RETURNING {column}")
    return {value for group in groups for value in group}


def inserted(rows: Sequence[models.Model], ending: str) -> Iterator[list[Any]]:
    """Insert rows group by group; yield of each group what the `ending` returns."""
    meta = rows[0]._meta
    has_keys = rows[0].pk is not None
    fields = [field for field in meta.concrete_fields if has_keys or not field.primary_key]
    names = [field.attname for field in fields]
    rest = iter(rows)
    while group := list(islice(rest, ROWS)):
        given, values = table_of(fields, ([getattr(row, name) for name in names] for row in group))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {columns_of(meta, fields)} {given} {ending}", values)
            yield [value for (value,) in cursor.fetchall()]


def insert_plain(
    model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows of numbers and plain words, given by the values of `names`, keys among them.

    PostgreSQL copies them as lines, which takes it half the time; a tab in a word would end it.
    """
    target = columns_of(model._meta, [model._meta.get_field(name) for name in names])
    marks = ["%s"] * len(names)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            given = f"VALUES ({', '.join(marks)})"
            cursor.executemany(f"INSERT INTO {target} {given}", rows)
        else:
            line = "\t".join(marks) + "\n"
            with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copy:
                copy.write("".join([line % row for row in rows]))


def columns_of(meta: Options, fields: Sequence[models.Field]) -> str:
    columns = ", ".join(quoted(field.column) for field in fields)
    return f"{quoted(meta.db_table)} ({columns})"


def update_each(
    model: type[models.Model],
    by: Sequence[str],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    where: tuple[str, Any] | None = None,
) -> set[Any]:
    """Give rows that are found `by` these columns, and only `where` one has this value if that is
    asked for, their own values of the columns `names`; return the keys of those that were found.

    Each of `rows` holds the values of `by` and then those of `names`.
    """
    meta, written = model._meta, set()
    column_of = {name: f"given.column{place}" for place, name in enumerate([*by, *names], start=1)}
    fields = [meta.get_field(name) for name in column_of]
    column = {name: quoted(meta.get_field(name).column) for name in column_of}
    table = quoted(meta.db_table)
    changes = ", ".join(f"{column[name]} = {column_of[name]}" for name in names)
    guards = " AND ".join(f"{table}.{column[name]} = {column_of[name]}" for name in by)
    if where:
        guards += f" AND {table}.{quoted(meta.get_field(where[0]).column)} = %s"
    rest = iter(rows)
    while group := list(islice(rest, ROWS)):
        given, values = table_of(fields, group)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {changes} FROM ({given}) AS given WHERE {guards} "  # noqa: S608 -- names of our own
                f"RETURNING {table}.{quoted(meta.pk.column)}",
                [*values, *(where[1:] if where else ())],
            )
            written |= {key for (key,) in cursor.fetchall()}
    return written


def table_of(
    fields: Sequence[models.Field], rows: Iterable[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """Write rows as a table with the columns column1, column2, …; return it and its values.

    PostgreSQL gets them as one value: to go through thousands of marks would take its driver a
    third of a worker's time.
    """
    if connection.vendor == "sqlite":
        given = list(rows)
        marks = f"({', '.join(['%s'] * len(fields))})"
        return f"VALUES {', '.join([marks] * len(given))}", prepared(fields, given)
    names = [f"column{place}" for place in range(1, len(fields) + 1)]
    types = (field.cast_db_type(connection) for field in fields)
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    records = [dict(zip(names, row, strict=True)) for row in rows]
    table = f"SELECT * FROM json_to_recordset(%s) AS given ({columns})"  # noqa: S608 -- names of our own
    return table, [json.dumps(records, default=str)]


def prepared(fields: Sequence[models.Field], rows: Iterable[Sequence[Any]]) -> list[Any]:
    """Write the values of all rows, one after the other, as the database takes them."""
    adapt = connection.ops.adapt_datetimefield_value
    are_times = [isinstance(field, models.DateTimeField) for field in fields]
    return [
        adapt(value) if is_time and value is not None else value
        for row in rows
        for is_time, value in zip(are_times, row, strict=True)
    ]


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
