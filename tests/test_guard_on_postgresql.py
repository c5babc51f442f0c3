"""What PostgreSQL alone would let happen to the trail; collected on PostgreSQL alone."""

import pytest
from django.db import DatabaseError, IntegrityError

from mediajobs import guard
from mediajobs.models import AuditEvent
from mediajobs.services import audit
from tests.trail import execute


@pytest.mark.parametrize("table", guard.TABLES)
@pytest.mark.parametrize("before", ["", "SET LOCAL session_replication_role = replica; "])
def test_no_table_can_be_emptied_at_once_nor_by_one_who_poses_as_a_replica(trail, table, before):
    for statement in (f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="never changed or deleted"):
            execute(before + statement)


ON_LINKS = "BEFORE UPDATE OR DELETE OR TRUNCATE ON mediajobs_auditlink FOR EACH STATEMENT"
EMPTY = "CREATE OR REPLACE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql"
HARMLESS = {
    "ALTER TABLE mediajobs_auditlink DISABLE TRIGGER audit_guard": 1,
    "ALTER TABLE mediajobs_auditlink ENABLE REPLICA TRIGGER audit_guard": 1,
    "ALTER TABLE mediajobs_auditlink ENABLE TRIGGER audit_guard": 1,
    f"{EMPTY} AS $$ BEGIN RETURN NULL; END $$": 3,
    f"CREATE OR REPLACE TRIGGER audit_guard {ON_LINKS} EXECUTE FUNCTION audit_guard()": 1,
    f"CREATE OR REPLACE TRIGGER audit_guard {ON_LINKS.replace(' OR TRUNCATE', '')} "
    "EXECUTE FUNCTION audit_guard(); "
    "ALTER TABLE mediajobs_auditlink ENABLE ALWAYS TRIGGER audit_guard": 1,
    f"CREATE OR REPLACE TRIGGER audit_guard {ON_LINKS} WHEN (false) "
    "EXECUTE FUNCTION audit_guard(); "
    "ALTER TABLE mediajobs_auditlink ENABLE ALWAYS TRIGGER audit_guard": 1,
}


@pytest.mark.parametrize(("statement", "count"), HARMLESS.items())
def test_a_trigger_that_was_made_harmless_is_noticed_on_postgresql(db, statement, count):
    execute(statement)
    assert len(guard.missing()) == count


IGNORE = "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ {} $$; "
SWALLOW = "BEGIN IF NEW.{} THEN RETURN NULL; END IF; RETURN NEW; END"
ON_INSERT = "CREATE TRIGGER quiet BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION quiet()"


@pytest.mark.parametrize("table", guard.TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        IGNORE.format(SWALLOW.format("actor = 'ada'")) + ON_INSERT,
        "CREATE RULE quiet AS ON INSERT TO {} DO INSTEAD NOTHING",
    ],
)
def test_a_trigger_or_rule_of_others_is_noticed(db, table, statement):
    execute(statement.format(table))
    assert guard.missing() == []
    assert f"falsify events: quiet on {table}." in guard.words()
    guard.restore()
    assert guard.words()


@pytest.mark.parametrize("table", guard.TABLES)
def test_row_level_security_is_noticed(db, table):
    execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    assert f"falsify events: row-level security on {table}." in guard.words()


OTHERS = {
    "type": ["CREATE TYPE other AS ENUM ('x')", "TYPE other USING 'x'::other"],
    "collation": ['CREATE COLLATION other FROM pg_catalog."C"', "TYPE text COLLATE other"],
}


@pytest.mark.parametrize("way", OTHERS)
@pytest.mark.parametrize("table", guard.TABLES)
def test_a_column_of_a_type_or_collation_of_others_is_noticed(db, table, way):
    made, given = OTHERS[way]
    column = "chain" if table == guard.LINKS else "body"
    execute(made)
    execute(f"ALTER TABLE {table} ALTER COLUMN {column} {given}")
    assert f"falsify events: the type of {column} on {table}." in guard.words()


def test_a_deed_whose_event_a_trigger_swallows_fails(db):
    execute(IGNORE.format(SWALLOW.format("actor = 'ada'")) + ON_INSERT.format(guard.EVENTS))
    ada, other = (audit.Actor(name=name, channel="web") for name in ("ada", "other"))
    with pytest.raises(IntegrityError, match="did not store all rows of mediajobs_auditevent"):
        AuditEvent.objects.append([audit.event("job.edited", by) for by in (other, ada, other)])
    with pytest.raises(IntegrityError):
        audit.record("job.edited", ada)
