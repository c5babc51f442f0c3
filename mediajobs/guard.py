"""The triggers by which the database itself refuses to change the trail.

Dropped by whoever owns the tables, and by SQLite when a migration rebuilds one: `missing` says
so, and every `migrate` puts them back.
"""

from typing import Any

from django.db import connection

EVENTS, LINKS, CHECKPOINTS = (f"mediajobs_audit{rows}" for rows in ("event", "link", "checkpoint"))
#: Each table with the columns of which each value may be there once.
TABLES = {EVENTS: ("id",), LINKS: ("seq", "event_id"), CHECKPOINTS: ("number",)}
NAME = "audit_guard"
WORDS = "The audit trail is never changed or deleted."
REFUSE = f"SELECT RAISE(ABORT, '{WORDS}')"
FUNCTION = f" BEGIN RAISE EXCEPTION '{WORDS}'; END "
#: Of pg_trigger.tgtype: before, and once for a statement that deletes, updates or truncates.
BEFORE_ANY_CHANGE = 2 + 8 + 16 + 32


def restore(**_: Any) -> None:
    """Put back what is missing; tables that are not there yet need none."""
    if tables_are_there() and missing():
        remove()
        create()


def tables_are_there() -> bool:
    return set(TABLES) <= set(connection.introspection.table_names())


def missing() -> list[str]:
    """Name the tables that are not guarded in full."""
    with connection.cursor() as cursor:
        found = IN_PLACE[connection.vendor](cursor)
    return [table for table in TABLES if table not in found]


def words() -> str:
    """Say in a sentence what is missing and how to mend it, or ""."""
    tables = missing()
    if not tables:
        return ""
    return (
        f"The database would let the trail be changed: the triggers of {', '.join(tables)} are "
        "gone. Find out why, then put them back with “python manage.py migrate”."
    )


def create(*tables: str) -> None:
    """Guard these tables; without any, all."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql "
                f"AS $${FUNCTION}$$"
            )
        for table in tables or TABLES:
            for statement in CREATE[connection.vendor](table):
                cursor.execute(statement)


def remove(*tables: str) -> None:
    """Let these tables be changed; without any, all."""
    with connection.cursor() as cursor:
        for table in tables or TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {NAME} ON {table}")
            else:
                for name in on_sqlite(table):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def on_sqlite(table: str) -> dict[str, str]:
    """Write the triggers of a table by name.

    REPLACE deletes without a word, so that an insert is refused whose key is there.
    """
    is_there = " OR ".join(f"{column} = NEW.{column}" for column in TABLES[table])
    again = f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_there})"  # noqa: S608 -- names of our own
    deeds = {"update": f"UPDATE ON {table}", "delete": f"DELETE ON {table}", "replace": again}
    return {
        f"{table}_{deed}": f"CREATE TRIGGER {table}_{deed} BEFORE {event} BEGIN {REFUSE}; END"
        for deed, event in deeds.items()
    }


def on_postgresql(table: str) -> list[str]:
    """Write the trigger of a table; ALWAYS: a session that poses as a replica is refused too."""
    event = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
    return [
        f"CREATE TRIGGER {NAME} {event} EXECUTE FUNCTION {NAME}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {NAME}",
    ]


def in_place_on_sqlite(cursor: Any) -> set[str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = dict(cursor.fetchall())
    return {table for table in TABLES if on_sqlite(table).items() <= found.items()}


def in_place_on_postgresql(cursor: Any) -> set[str]:
    names = ", ".join(["to_regclass(%s)"] * len(TABLES))
    cursor.execute(
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "  # noqa: S608 -- names of our own
        f"JOIN pg_proc p ON p.oid = t.tgfoid WHERE c.oid IN ({names}) "
        "AND t.tgname = %s AND t.tgenabled = 'A' AND t.tgtype = %s AND t.tgqual IS NULL "
        "AND t.tgattr = '' AND p.prosrc = %s",
        [*TABLES, NAME, BEFORE_ANY_CHANGE, FUNCTION],
    )
    return {table for (table,) in cursor.fetchall()}


CREATE = {"sqlite": lambda table: on_sqlite(table).values(), "postgresql": on_postgresql}
IN_PLACE = {"sqlite": in_place_on_sqlite, "postgresql": in_place_on_postgresql}
