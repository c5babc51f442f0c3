"""What SQLite alone would let happen to the trail; collected on SQLite alone."""

import sqlite3
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands import migrate
from django.db import IntegrityError, connection

from mediajobs import guard
from mediajobs.models import AuditEvent, CancelBatch, Job
from mediajobs.services import audit, cancel
from tests.management.running import environment, finished
from tests.trail import execute


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_another_program_can_neither_change_nor_delete_nor_replace(trail):
    file = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(file)) as other:  # its recursive_triggers are off
        for table, (key, *_) in guard.TABLES.items():
            for statement in (
                f"UPDATE OR REPLACE {table} SET {key} = {key} + 1",
                f"DELETE FROM {table}",
                f"REPLACE INTO {table} SELECT * FROM {table}",
            ):
                with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                    other.execute(statement)
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            other.execute(f"REPLACE INTO {guard.LINKS} SELECT 7, event_id, '' FROM {guard.LINKS}")


def test_a_trigger_that_was_made_harmless_is_noticed_on_sqlite(db):
    name = f"{guard.EVENTS}_delete"
    execute(f"DROP TRIGGER {name}")
    execute(f"CREATE TRIGGER {name} BEFORE DELETE ON {guard.EVENTS} BEGIN SELECT 1; END")
    assert guard.missing() == [guard.EVENTS]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_table_that_a_migration_rebuilt_is_guarded_again(trail):
    field = AuditEvent._meta.get_field("detail")
    with connection.schema_editor() as editor:
        editor._remake_table(AuditEvent, alter_fields=[(field, field)])
    assert guard.missing() == [guard.EVENTS]
    call_command("migrate", verbosity=0)
    assert guard.missing() == []
    assert AuditEvent.objects.get(kind="trail.guarded").detail.startswith("Put back the triggers")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_table_that_a_migration_rebuilt_is_guarded_again_when_a_later_one_fails(
    trail, monkeypatch
):
    def rebuild_and_fail(*_, **__):
        with connection.schema_editor() as editor:
            editor._remake_table(AuditEvent)
        raise CommandError("The next migration fails.")

    monkeypatch.setattr(migrate.Command, "handle", rebuild_and_fail)
    with pytest.raises(CommandError):
        call_command("migrate", verbosity=0)
    assert guard.missing() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("is_left_empty", [True, False])
def test_the_number_of_a_discarded_draft_is_not_given_again_by_a_table_that_was_rebuilt(
    make_job, operator, monkeypatch, is_left_empty
):
    def rebuild(*_, **__):
        with connection.schema_editor() as editor:
            editor._remake_table(CancelBatch)

    def draft():
        return cancel.draft(Job.objects.all(), by=operator, selection="all")

    make_job()
    kept, discarded = draft(), draft()
    number = discarded.pk
    for batch in (discarded, kept) if is_left_empty else (discarded,):
        cancel.discard(batch, by=operator)
    monkeypatch.setattr(migrate.Command, "handle", rebuild)
    call_command("migrate", verbosity=0)
    assert draft().pk == number + 1


SWALLOW = "CREATE TRIGGER quiet BEFORE INSERT ON {} WHEN {} BEGIN SELECT RAISE(IGNORE); END"


@pytest.mark.parametrize("table", [*guard.TABLES, guard.EVENTS.upper()])
def test_a_trigger_of_others_is_noticed(db, table):
    execute(SWALLOW.format(table, "NEW.rowid > 7"))
    assert guard.missing() == []
    assert f"falsify events: quiet on {table.lower()}." in guard.words()
    guard.restore()
    assert guard.words()


def test_a_deed_whose_event_a_trigger_swallows_fails(db):
    execute(SWALLOW.format(guard.EVENTS, "NEW.actor = 'ada'"))
    ada, other = (audit.Actor(name=name, channel="web") for name in ("ada", "other"))
    with pytest.raises(IntegrityError, match="did not store all rows of mediajobs_auditevent"):
        AuditEvent.objects.append([audit.event("job.edited", by) for by in (other, ada, other)])
    with pytest.raises(IntegrityError):
        audit.record("job.edited", ada)


def test_the_plan_of_an_empty_database_is_shown(tmp_path):
    done = finished("migrate", "--plan", env=environment(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_first_migrate_with_settings_that_cannot_be_ends_with_what_is_wrong(tmp_path):
    done = finished("migrate", env=environment(tmp_path, DOLBYIO_API_URL="nonsense"))
    assert "DOLBYIO_API_URL is no address" in done.stderr
    assert "sqlite_sequence" not in done.stderr
