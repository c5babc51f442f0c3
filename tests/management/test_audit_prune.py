"""audit_prune that breaks off after a stretch: what is gone by then is told with the error."""

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import AuditEvent
from mediajobs.services.audit.prune import STRETCH
from tests.management.test_audit_commands import run
from tests.trail import LONG_AGO, record_long_ago

pytestmark = pytest.mark.django_db

#: Of each of two stretches; together they are too many for one.
COUNT = STRETCH // 2 + 1


@pytest.fixture
def remove(tmp_path):
    """Remove all events in two stretches; give what is said, and the status.

    `disturb` is told of each statement before it is carried out.
    """
    record_long_ago(COUNT)
    record_long_ago(COUNT)
    file, day = str(tmp_path / "export.jsonl"), timezone.now() - LONG_AGO / 2
    run("audit_export", file)

    def remove(disturb):
        def before(execute, sql, *rest):
            disturb(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(before):
            return run("audit_prune", "--before", f"{day:%Y-%m-%d}", "--export", file)

    return remove


def is_second_stretch():
    return AuditEvent.objects.filter(kind="trail.pruned").exists()


def test_a_database_that_fails_at_a_later_stretch_does_not_say_that_nothing_was_done(remove):
    def fail(sql):
        if sql.startswith(f"DELETE FROM {guard.LINKS}") and is_second_stretch():
            raise OperationalError("the connection is lost")

    assert remove(fail) == (
        f"The database cannot be used: the connection is lost. Events removed: {COUNT:,}.",
        1,
    )
    assert AuditEvent.objects.filter(kind="job.deleted").count() == COUNT


def test_a_database_that_fails_as_the_last_stretch_is_told_outside_counts_that_too(remove):
    def fail(sql):
        if "mediajobs_auditanchor" in sql and not AuditEvent.objects.filter(kind="job.deleted"):
            raise OperationalError("the connection is lost")

    said, status = remove(fail)
    assert (said.endswith(f" Events removed: {2 * COUNT:,}."), status) == (True, 1)


def test_a_refusal_at_a_later_stretch_says_what_is_gone(remove, settings):
    def take_the_key_away(sql):
        if sql.startswith("DELETE") and not settings.AUDIT_PUBLIC_KEYS:
            settings.AUDIT_PUBLIC_KEYS = [b"0" * 32]

    said, status = remove(take_the_key_away)
    assert said.startswith("Nothing is removed without a checkpoint. Checkpoints of this trail")
    assert (said.endswith(f" Events removed: {COUNT:,}."), status) == (True, 1)


def test_a_refusal_before_anything_is_removed_ends_with_2(remove, settings):
    settings.AUDIT_KEEP_DAYS = 1000
    said, status = remove(lambda sql: None)
    assert (said.startswith("Events are kept for 1000 days"), status) == (True, 2)
