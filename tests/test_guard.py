"""The database itself refuses to change the trail, and what would let it is noticed and mended."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError

from mediajobs import checks, guard
from mediajobs.management.account import account
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services import audit
from tests.trail import execute

MODELS = {model._meta.db_table: model for model in (AuditEvent, AuditLink, AuditCheckpoint)}


def columns():
    return [
        (table, field.column) for table, model in MODELS.items() for field in model._meta.fields
    ]


def test_every_table_of_the_trail_is_guarded_in_normal_use(db):
    assert guard.missing() == []
    assert list(MODELS) == list(guard.TABLES)


@pytest.mark.parametrize(("table", "column"), columns())
def test_no_column_can_be_changed(trail, table, column):
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        execute(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", guard.TABLES)
def test_no_row_can_be_deleted(trail, table):
    count = MODELS[table].objects.count()
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        execute(f"DELETE FROM {table}")
    assert MODELS[table].objects.count() == count > 0


@pytest.mark.parametrize("table", guard.TABLES)
def test_no_row_can_be_replaced(trail, table):
    names = ", ".join(field.column for field in MODELS[table]._meta.fields)
    key = MODELS[table]._meta.pk.column
    statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE true"
    statement += f" ON CONFLICT ({key}) DO UPDATE SET {key} = excluded.{key}"
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        execute(statement)


@pytest.mark.parametrize("table", guard.TABLES)
def test_a_trigger_that_is_gone_is_noticed(db, table):
    guard.remove(table)
    assert guard.missing() == [table]
    assert table in guard.words()


def migrate(**options):
    out = io.StringIO()
    call_command("migrate", stdout=out, **options)
    return [line for line in out.getvalue().splitlines() if "triggers" in line]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_every_migrate_puts_back_what_is_missing_and_says_so(make_trail):
    make_trail(1)
    assert migrate() == []
    guard.remove(guard.LINKS)
    words = (
        "Put back the triggers that guard the trail on mediajobs_auditlink: "
        "they were missing before."
    )
    assert migrate(skip_checks=False) == [words]
    assert guard.missing() == []
    event = AuditEvent.objects.get(kind="trail.guarded")
    assert (event.actor, event.detail) == (f"shell:{account()}", words)
    assert migrate() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_triggers_of_a_trail_without_events_are_put_back_without_a_record():
    guard.remove()
    assert len(migrate()) == 1
    assert guard.missing() == []
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_migrate_that_fails_leaves_on_record_what_it_put_back(make_trail):
    make_trail(1)
    guard.remove(guard.EVENTS)
    with pytest.raises(CommandError):
        migrate(app_label="mediajobs", migration_name="9999")
    assert AuditEvent.objects.filter(kind="trail.guarded").exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_end_of_a_committing_test_is_guarded_again():
    audit.record("job.deleted", audit.ENGINE)


def test_after_such_a_test_the_tables_are_empty_and_guarded(db):
    assert not AuditEvent.objects.exists()
    assert guard.missing() == []


def test_the_check_of_the_database_fails(db):
    assert checks.check_trail(databases=["default"]) == []
    guard.remove(guard.LINKS)
    (error,) = checks.check_trail(databases=["default"])
    assert (error.id, error.is_serious()) == ("mediajobs.E025", True)
    assert guard.LINKS in error.msg
    assert checks.check_trail() == []
    with pytest.raises(SystemCheckError):
        call_command("check", databases=["default"])


def test_tables_that_are_not_there_yet_need_no_guard(db, settings):
    execute(f"DROP TABLE {guard.CHECKPOINTS}")
    guard.restore()
    assert checks.check_trail(databases=["default"]) == []
