"""audit_export of a trail with which something is wrong: what is there is written, and said."""

import json

import pytest
from django.db import OperationalError, connection

from mediajobs import guard
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services.audit import verify_export
from tests.management.test_audit_commands import run
from tests.trail import meddle

pytestmark = pytest.mark.usefixtures("trail")

#: An event without its link is sealed anew.
GONE = {
    4: f"DELETE FROM {guard.EVENTS} WHERE id = (SELECT min(id) FROM {guard.EVENTS})",
    5: f"DELETE FROM {guard.LINKS} WHERE seq = 2",
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "export.jsonl"


def kinds_in(file):
    return [json.loads(line)["kind"] for line in file.read_text().splitlines()]


@pytest.mark.parametrize("count", GONE)
def test_of_a_trail_with_a_gap_all_that_is_there_is_written(file, count):
    meddle(GONE[count])
    said, status = run("audit_export", str(file))
    assert status == 1
    assert said.startswith(f"{count} of {count + 1} events were there; run audit_verify.")
    kinds = kinds_in(file)
    assert (kinds.count("event"), kinds.count("checkpoint"), kinds[-1]) == (count, 3, "end")
    assert verify_export.main([str(file)])[0] == verify_export.TAMPERED
    event = AuditEvent.objects.get(kind="trail.exported")
    assert event.detail.endswith(" 1 events were not there.")
    assert not AuditLink.objects.filter(event_id=event.pk).exists()


def test_an_unguarded_trail_is_written_without_a_checkpoint_of_its_own(file, caplog):
    guard.remove(guard.LINKS)
    said, status = run("audit_export", str(file))
    assert status == 1
    assert said.startswith("5 of 5 events were there; run audit_verify. The database would let")
    assert (kinds_in(file).count("event"), AuditCheckpoint.objects.count()) == (5, 2)
    assert "no checkpoint was made: The database would let the trail be changed" in caplog.text
    guard.create(guard.LINKS)
    assert verify_export.main([str(file)])[0] == verify_export.SOUND


@pytest.mark.parametrize("table", [guard.LINKS, guard.CHECKPOINTS])
def test_where_the_database_fails_no_file_is_left_and_the_command_can_be_given_again(file, table):
    def fail(execute, sql, *rest):
        if table in sql and file.exists():
            raise OperationalError("the connection is lost")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        said, status = run("audit_export", str(file))
    assert (status, said.startswith("The database cannot be used: the connection")) == (2, True)
    assert run("audit_export", str(file))[1] == 0


def test_a_trail_that_is_not_signed_as_it_was_written_anew_ends_with_1(file):
    meddle(f"DELETE FROM {guard.CHECKPOINTS} WHERE number > 1")
    said, status = run("audit_export", str(file))
    assert status == 1
    assert said.startswith("5 of 5 events were there; run audit_verify. Checkpoint 2, which was")
    assert AuditCheckpoint.objects.count() == 1
