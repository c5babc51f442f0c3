"""What PostgreSQL knows and Python or SQLite do not; collected on PostgreSQL alone."""

import pytest
from django.db import connection

from mediajobs import guard
from mediajobs.models import AuditEvent, AuditLink
from mediajobs.services.audit import snapshot
from tests.management.test_audit_commands import run
from tests.trail import found, meddle, write, write_sql


def test_a_time_without_end_is_named(trail):
    key = AuditEvent.objects.order_by("pk")[1].pk
    write_sql(guard.EVENTS, "at", "'infinity'", key)
    assert f"Event {key} (link 2): at not as in its sealed text." in found()
    write_sql(guard.CHECKPOINTS, "at", "'-infinity'", 2)
    assert "Checkpoint 2 holds what the panel never writes: at." in found()


def test_a_trail_that_cannot_be_read_is_exported_with_a_sentence_and_no_traceback(trail, tmp_path):
    write_sql(guard.CHECKPOINTS, "at", "'infinity'", 2)
    said, status = run("audit_export", str(tmp_path / "export"))
    assert (status, "Run audit_verify." in said) == (1, True)


#: Of names that the check uses, for other arguments than the database's own: each says what the
#: sealed text has.
NAMESAKES = {
    "a function": [
        "CREATE FUNCTION to_json(varchar) RETURNS json RETURN pg_catalog.to_json(lower($1))",
        "CREATE FUNCTION to_json(text) RETURNS json RETURN pg_catalog.to_json(lower($1))",
    ],
    "an operator": [
        "CREATE FUNCTION same(varchar, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = same)",
        "ALTER TABLE {0} ALTER COLUMN body TYPE varchar",
    ],
    "a collation": [
        "CREATE COLLATION b (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "ALTER TABLE {0} ALTER COLUMN body TYPE text COLLATE b",
    ],
}


@pytest.mark.parametrize("way", NAMESAKES)
def test_what_is_called_like_the_databases_own_hides_no_column(trail, way):
    meddle(*(statement.format(guard.EVENTS) for statement in NAMESAKES[way]))
    event = write(AuditEvent.objects.order_by("pk")[1], reason="STUCK")
    assert found()[0] == f"Event {event.pk} (link 2): reason not as in its sealed text."


#: What stands beside a table and is read with it; on PostgreSQL no key of the one holds there.
BESIDE = {
    guard.LINKS: "There are 6 links, and 5 make up the chain.",
    guard.EVENTS: "6 events, of which 5 are sealed and 0 wait for it: others are slipped in.",
}


@pytest.mark.parametrize("table", BESIDE)
def test_rows_that_the_walk_does_not_come_by_are_counted(trail, monkeypatch, table):
    monkeypatch.setattr(snapshot, "PAGE", 3)
    column = "seq" if table == guard.LINKS else "id"
    last = AuditLink.objects.get(seq=3)
    number = 3 if table == guard.LINKS else last.event_id
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE beside () INHERITS ({table})")
        cursor.execute(f"INSERT INTO beside SELECT * FROM ONLY {table} WHERE {column} = {number}")
    assert found()[0].endswith(BESIDE[table])
