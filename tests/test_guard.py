"""The database itself refuses to change the trail, and what would let it is noticed and mended."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from mediajobs import checks, guard
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


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_every_migrate_puts_back_what_is_missing():
    guard.remove()
    call_command("migrate", verbosity=0)
    assert guard.missing() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_end_of_a_committing_test_is_guarded_again():
    audit.record("job.deleted", audit.ENGINE)


def test_after_such_a_test_the_tables_are_empty_and_guarded(db):
    assert not AuditEvent.objects.exists()
    assert guard.missing() == []


def test_the_check_of_the_database_warns_and_lets_migrate_mend_it(db):
    assert checks.check_trail(databases=["default"]) == []
    guard.remove(guard.LINKS)
    (warning,) = checks.check_trail(databases=["default"])
    assert warning.id == "mediajobs.W020"
    assert guard.LINKS in warning.msg
    assert checks.check_trail() == []


def test_tables_that_are_not_there_yet_need_no_guard(db, settings):
    execute(f"DROP TABLE {guard.CHECKPOINTS}")
    guard.restore()
    assert checks.check_trail(databases=["default"]) == []
