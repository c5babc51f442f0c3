"""Checkpoints that were made late for what happened are told, and honest silence is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AuditEvent
from mediajobs.services import audit
from mediajobs.services.audit import Verdict, memory
from tests.trail import sign_anew

pytestmark = pytest.mark.usefixtures("db", "signed")


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def recorded(minutes, kind="job.edited"):
    """Record an event of so long ago, as a panel without a worker does."""
    AuditEvent.objects.append([audit.event(kind, audit.ENGINE, at=ago(minutes))])


def covered(minutes):
    """Make a checkpoint that says it was made so long ago."""
    sign_anew(audit.checkpoint("a test"), at=ago(minutes))
    memory.forget()
    memory.file().unlink()


def told(**options):
    report = audit.verify(**options)
    assert report.verdict == Verdict.SOUND
    return " ".join(report.remarks)


def test_events_that_waited_long_for_their_checkpoint_are_told():
    recorded(122)
    covered(121)
    recorded(100)
    recorded(1)
    covered(1)
    words = told()
    assert words.startswith("Events between checkpoints 1 and 2 waited up to 99 min, since 20")
    assert "cannot be seen" in words


@pytest.mark.parametrize(("minutes", "is_late"), [(9, False), (12, True)])
def test_events_from_long_before_the_first_checkpoint_are_told(minutes, is_late):
    recorded(minutes)
    covered(0)
    words = told()
    assert words.startswith("Events before the first one waited up to 12 min") == is_late


def test_a_time_in_which_nothing_happened_needs_no_checkpoint():
    recorded(122)
    covered(121)
    recorded(5)
    covered(1)
    assert told() == ""


def test_verifying_meanwhile_asks_for_no_checkpoint():
    recorded(122)
    covered(121)
    recorded(60, kind="trail.verified")
    covered(1)
    assert told() == ""


def test_what_is_known_is_left_out_by_verifying_from_a_link_on():
    recorded(122)
    covered(60)
    recorded(59)
    covered(58)
    recorded(57)
    covered(1)
    assert "between checkpoints 2 and 3" in told(since=1)
    assert told(since=3) == ""


def test_what_was_removed_waits_for_nothing(settings, tmp_path):
    recorded(100)
    covered(1)
    settings.AUDIT_KEEP_DAYS = 0
    (tmp_path / "export").write_text("".join(audit.export()))
    by = audit.Actor.from_shell("root")
    assert sum(audit.prune(before=timezone.now(), export=str(tmp_path / "export"), by=by)) == 1
    assert told() == ""
