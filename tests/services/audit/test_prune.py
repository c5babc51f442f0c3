"""Removing old events: only what was exported and verifies, and never without a word."""

import json
from base64 import b64decode
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services import audit
from mediajobs.services.audit.export import closed, header
from mediajobs.services.audit.record import Actor
from tests.trail import execute, found, write

pytestmark = pytest.mark.django_db

BY = Actor.from_shell("root")


@pytest.fixture
def kept_for_no_time(settings):
    """Let everything be old enough."""
    settings.AUDIT_KEEP_DAYS = 0


@pytest.fixture
def export(tmp_path):
    """Export the trail into a file and give its path."""

    def make(name="export.jsonl"):
        file = tmp_path / name
        file.write_text("".join(audit.export()))
        return str(file)

    return make


def prune(file, before=None, **options):
    return sum(audit.prune(before=before or timezone.now(), export=file, by=BY, **options))


def refusal(*words):
    before = list(AuditLink.objects.values())
    with pytest.raises(ValidationError) as error:
        prune(*words)
    assert list(AuditLink.objects.values()) == before
    return error.value.messages[0]


def test_what_is_exported_is_removed_and_the_trail_still_verifies(trail, export, kept_for_no_time):
    assert prune(export()) == 5
    (event,) = AuditEvent.objects.all()
    (link,) = AuditLink.objects.all()
    assert (link.seq, link.event_id) == (6, event.pk)
    assert found() == []
    assert audit.verify().event_count == 1


def test_an_event_and_a_signed_checkpoint_say_what_went(trail, export, kept_for_no_time, signed):
    file = export()
    prune(file)
    event, made = AuditEvent.objects.get(), AuditCheckpoint.objects.first()
    assert (event.kind, event.actor) == ("trail.pruned", "shell:root")
    assert event.detail.startswith("Removed 5 events, links 1 to 5, of the time before")
    assert (made.event_count, made.seq, made.pruned_seq, made.key_id) == (1, 6, 5, signed)
    assert made.reason.startswith("pruned: Removed 5 events")


def test_only_whole_stretches_up_to_a_checkpoint_before_the_day_are_removed(
    make_trail, export, kept_for_no_time
):
    make_trail(1, 2, 3)
    between = timezone.now()
    make_trail(4, 5)
    assert prune(export(), between) == 3
    assert list(AuditLink.objects.values_list("seq", flat=True)) == [4, 5, 6]
    assert found() == []


def test_what_was_recorded_since_the_export_stays(make_trail, export, kept_for_no_time):
    make_trail(1, 2, 3)
    file = export()
    make_trail(4, 5)
    assert prune(file) == 3
    assert AuditEvent.objects.count() == 3


def test_the_trail_goes_on_and_is_pruned_again(make_trail, export, kept_for_no_time):
    make_trail(1, 2, 3)
    assert prune(export()) == 3
    make_trail(4, 5)
    assert found() == []
    assert prune(export("second")) == 3
    assert found() == []
    assert AuditLink.objects.get().seq == 7


def test_a_large_part_goes_in_stretches_each_with_its_word(make_trail, export, kept_for_no_time):
    for number in range(6):
        make_trail(number, number + 10)
    assert prune(export(), stretch=5) == 12
    told = AuditEvent.objects.filter(kind="trail.pruned").order_by("pk")
    assert [event.detail.split(",")[1] for event in told] == [
        " links 1 to 4",
        " links 5 to 8",
        " links 9 to 12",
    ]
    assert found() == []


def test_nothing_to_remove_leaves_no_word(trail, export, kept_for_no_time):
    assert prune(export(), timezone.now() - timedelta(days=3)) == 0
    assert AuditEvent.objects.count() == 5


def test_the_triggers_are_back_afterwards(trail, export, kept_for_no_time):
    prune(export())
    assert guard.missing() == []


def test_young_events_are_kept(trail, export, settings):
    settings.AUDIT_KEEP_DAYS = 400
    assert refusal(export()).startswith("Events are kept for 400 days (AUDIT_KEEP_DAYS)")
    assert prune(export("other"), timezone.now() - timedelta(days=401)) == 0


def test_a_file_that_is_not_there_is_refused(trail, tmp_path, kept_for_no_time):
    assert "none" in refusal(str(tmp_path / "none"))


@pytest.mark.parametrize("end", [-30, 0])
def test_a_file_that_is_not_whole_is_refused(trail, export, kept_for_no_time, end, tmp_path):
    text = (tmp_path / export()).read_text()
    (tmp_path / "cut").write_text(text[:end])
    assert refusal(str(tmp_path / "cut"))


def test_a_file_of_another_trail_removes_nothing(trail, export, kept_for_no_time, tmp_path):
    text = (tmp_path / export()).read_text()
    (tmp_path / "other").write_text(text.replace("job-00001", "job-00007"))
    assert "does not match its digest" in refusal(str(tmp_path / "other"))


def test_a_selection_is_no_export(trail, kept_for_no_time, tmp_path):
    events = [("event", line) for line in audit.export() if '"kind":"event"' in line]
    checkpoints = [("checkpoint", line) for line in audit.export() if '"kind":"checkp' in line]
    first = header(1, "of Ada")
    (tmp_path / "part").write_text("".join(closed(first, events + checkpoints)))
    assert prune(str(tmp_path / "part")) == 0


def test_a_file_that_begins_too_late_is_refused(trail, kept_for_no_time, tmp_path):
    lines = [json.loads(line) for line in audit.export()]
    first, last = lines[0], lines[4]
    first |= {"first_seq": 4, "chain_before": lines[3]["chain"]}
    first |= {"checkpoint_before": 1, "digest_before": last["digest"]}
    rest = [(line["kind"], json.dumps(line) + "\n") for line in lines[5:-1]]
    (tmp_path / "late").write_text("".join(closed(json.dumps(first) + "\n", rest)))
    assert "The file begins at link 4;" in refusal(str(tmp_path / "late"))


def test_a_trail_that_does_not_verify_is_left_as_it_is(trail, export, kept_for_no_time):
    file = export()
    write(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    words = refusal(file)
    assert words.startswith("Nothing is removed from a trail that does not verify.")
    assert "(link 2): reason not as in its sealed text" in words


def test_when_it_fails_half_way_nothing_is_gone_and_the_triggers_are_there(
    trail, export, kept_for_no_time
):
    file = export()

    def fail(run, sql, params, many, context):
        if sql.startswith("INSERT") and "auditcheckpoint" in sql:
            raise RuntimeError
        return run(sql, params, many, context)

    with connection.execute_wrapper(fail), pytest.raises(RuntimeError):
        prune(file)
    assert AuditEvent.objects.count() == 5
    assert guard.missing() == []
    assert found() == []


def test_nothing_else_can_delete_while_triggers_are_there(trail):
    with pytest.raises(Exception, match="never changed or deleted"):
        execute(f"DELETE FROM {guard.LINKS} WHERE seq <= 3")


def test_a_trail_with_nothing_left_verifies_against_the_old_export(trail, export, kept_for_no_time):
    file = export()
    prune(file)
    assert audit.verify(export=file).problems == []


def test_without_the_key_of_a_signed_trail_nothing_is_removed(
    trail, export, kept_for_no_time, settings, signed
):
    file = export()
    settings.AUDIT_SIGNING_KEY, settings.AUDIT_PUBLIC_KEYS = b"", [b64decode(signed)]
    assert "AUDIT_SIGNING_KEY is not set here" in refusal(file)


def test_an_export_of_removed_events_that_no_checkpoint_covers_shows_nothing(
    trail, export, kept_for_no_time, tmp_path
):
    file, made_up = export(), tmp_path / "made-up.jsonl"
    events = [each for each in audit.export() if json.loads(each)["kind"] == "event"]
    made_up.write_text("".join(closed(header(1, "Who: bob"), [("event", each) for each in events])))
    assert audit.verify(export=str(made_up)).verdict == audit.Verdict.SOUND
    prune(file)
    report = audit.verify(export=str(made_up))
    assert report.verdict == audit.Verdict.UNCHECKED
    assert report.problems[0].words == (
        f"5 events of the export {made_up} are of those that were removed: "
        "nothing here shows that they were so."
    )
