"""Reading the trail as it stood at one moment, in pages, while the database refuses any write."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

PAGE = 2000


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one state of the database and write nothing; in a transaction, that transaction's."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            yield from on_sqlite(cursor)


def on_sqlite(cursor: Any) -> Iterator[None]:
    """Begin without the lock for writing, which `atomic` would take."""
    cursor.execute("PRAGMA query_only = ON")
    cursor.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK")
        cursor.execute("PRAGMA query_only = OFF")


def pages(sql: str, after: int) -> Iterator[list[tuple[Any, ...]]]:
    """Give pages of rows that begin with a growing number; `sql` takes the last one and a limit."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql, [after, PAGE])
            rows = cursor.fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield rows
