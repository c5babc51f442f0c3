"""Times that PostgreSQL knows and Python does not; collected on PostgreSQL alone."""

from mediajobs import guard
from mediajobs.models import AuditEvent
from tests.management.test_audit_commands import run
from tests.trail import found, write_sql


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
