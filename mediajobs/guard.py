"""The triggers by which the database itself refuses to change the trail, and no others.

Dropped by whoever owns the tables, and by SQLite when a migration rebuilds one: `missing` says
so, and every `migrate` puts them back.
"""

from typing import Any

from django.db import connection

from mediajobs.log_lines import escaped

EVENTS, LINKS, CHECKPOINTS = (f"mediajobs_audit{rows}" for rows in ("event", "link", "checkpoint"))
#: Each table with the columns of which each value may be there once.
TABLES = {EVENTS: ("id",), LINKS: ("seq", "event_id"), CHECKPOINTS: ("number",)}
NAME = "audit_guard"
WORDS = "The audit trail is never changed or deleted."
REFUSE = f"SELECT RAISE(ABORT, '{WORDS}')"
FUNCTION = f" BEGIN RAISE EXCEPTION '{WORDS}'; END "
#: Of pg_trigger.tgtype: before, and once for a statement that deletes, updates or truncates.
BEFORE_ANY_CHANGE = 2 + 8 + 16 + 32
#: The lowest number of a type or collation that did not come with PostgreSQL.
FIRST_OF_OTHERS = 16384


def restore() -> list[str]:
    """Put back what is missing and name its tables; those that are not there yet need none."""
    tables = missing() if tables_are_there() else []
    if tables:
        remove()
        create()
    return tables


def tables_are_there() -> bool:
    return set(TABLES) <= set(connection.introspection.table_names())


def is_begun() -> bool:
    """Whether anything of the trail is there, be it a view in the place of a table."""
    return not set(TABLES).isdisjoint(connection.introspection.table_names(include_views=True))


def missing() -> list[str]:
    """Name the tables that are not guarded in full."""
    guarded = {table for table, _, is_ours in in_place() if is_ours}
    return [table for table in TABLES if table not in guarded]


def words() -> str:
    """Say in a sentence what is missing or too much and how to mend it, or ""."""
    found = in_place()
    guarded = {table for table, _, is_ours in found if is_ours}
    tables = [table for table in TABLES if table not in guarded]
    strangers = [f"{name} on {table}" for table, name, is_ours in found if not is_ours and name]
    sentences = []
    if tables:
        sentences.append(
            f"The database would let the trail be changed: the triggers of {', '.join(tables)} are "
            "gone. Find out why, then put them back with “python manage.py migrate”."
        )
    if strangers:
        sentences.append(
            "What is not the panel's stands on the trail and may swallow, hide or falsify events: "
            f"{escaped(', '.join(strangers))}. Find out whose it is, and take it away."
        )
    return " ".join(sentences)


def in_place() -> list[tuple[str, str, bool]]:
    """Give what stands on the tables: each table that is guarded in full, and by its name what
    is of others: triggers, and on PostgreSQL rules, row-level security and types of columns.
    """
    with connection.cursor() as cursor:
        return IN_PLACE[connection.vendor](cursor)


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


def in_place_on_sqlite(cursor: Any) -> list[tuple[str, str, bool]]:
    cursor.execute("SELECT lower(tbl_name), name, sql FROM sqlite_master WHERE type = 'trigger'")
    rows = cursor.fetchall()
    found = []
    for table in TABLES:
        ours, there = on_sqlite(table), {name: sql for on, name, sql in rows if on == table}
        found += [(table, "", True)] if ours.items() <= there.items() else []
        found += [(table, name, False) for name in sorted(there.keys() - ours.keys())]
    return found


def in_place_on_postgresql(cursor: Any) -> list[tuple[str, str, bool]]:
    names = ", ".join(["to_regclass(%s)"] * len(TABLES))
    cursor.execute(
        "SELECT c.relname, t.tgname, t.tgname = %s, t.tgenabled = 'A' AND t.tgtype = %s "  # noqa: S608 -- names of our own
        "AND t.tgqual IS NULL AND t.tgattr = '' AND p.prosrc = %s "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        f"WHERE c.oid IN ({names}) UNION ALL SELECT c.relname, r.rulename, false, false "
        f"FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.oid IN ({names}) "
        "UNION ALL SELECT c.relname, 'row-level security', false, false "
        f"FROM pg_class c WHERE c.relrowsecurity AND c.oid IN ({names}) "
        "UNION ALL SELECT c.relname, 'the type of ' || a.attname, false, false "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        f"WHERE greatest(a.atttypid, a.attcollation) >= %s AND c.oid IN ({names}) "
        "ORDER BY 1, 2",
        [NAME, BEFORE_ANY_CHANGE, FUNCTION, *[*TABLES] * 3, FIRST_OF_OTHERS, *TABLES],
    )
    rows = cursor.fetchall()
    guarded = [(table, "", True) for table, _, is_ours, is_whole in rows if is_ours and is_whole]
    return guarded + [(table, name, False) for table, name, is_ours, _ in rows if not is_ours]


CREATE = {"sqlite": lambda table: on_sqlite(table).values(), "postgresql": on_postgresql}
IN_PLACE = {"sqlite": in_place_on_sqlite, "postgresql": in_place_on_postgresql}
