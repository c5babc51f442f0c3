"""Whoever writes the trail anew and waits for the worker to sign it waits in vain."""

import json
import os
import socket

import pytest
from django.core.management import call_command
from django.db import connection

from mediajobs import guard, health
from mediajobs.models import AuditAnchor, AuditCheckpoint, AuditEvent
from mediajobs.services import audit
from mediajobs.services.audit import memory
from tests.trail import chain_anew, forge, found, meddle

pytestmark = pytest.mark.usefixtures("trail")


def write_it_anew():
    """Change an event, chain all anew, take the checkpoints away that know better."""
    forge(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    chain_anew()
    meddle(f"DELETE FROM {guard.CHECKPOINTS} WHERE number >= 1")


@pytest.mark.parametrize("left", ["memory", "file", "both"])
def test_a_trail_that_was_written_anew_is_not_signed(caplog, left):
    write_it_anew()
    if left == "file":
        memory.forget()
    if left == "memory":
        memory.file().unlink()
    assert audit.checkpoint("the worker") is None
    assert not AuditCheckpoint.objects.exists()
    assert "Checkpoint 2, which was signed here, is not in the database any more" in caplog.text


def test_the_health_page_fails_until_somebody_has_looked():
    assert health.trail().is_well
    write_it_anew()
    audit.checkpoint("the worker")
    assert not health.trail().is_well
    assert f"remove {memory.file()} and start the workers anew" in health.trail().words
    memory.file().unlink()
    memory.forget()
    assert audit.checkpoint("the worker").number == 1
    assert health.trail().is_well


def test_the_health_page_looks_itself_lest_the_database_swallow_what_it_is_told():
    write_it_anew()
    memory.forget()
    assert health.trail().words.startswith("Checkpoint 2, which was signed here, is not in the")
    assert not AuditAnchor.objects.exclude(problem="").exists()


def test_the_verifier_on_the_machine_that_signed_last_compares_with_that():
    assert found() == []
    write_it_anew()
    memory.forget()
    assert [words.split(",")[0] for words in found()] == ["Checkpoint 2"]
    memory.file().unlink()
    assert found() == []


def test_a_checkpoint_that_is_signed_while_the_verifier_looks_is_none_that_is_gone():
    def sign(execute, *query):
        facts = {"number": 3, "seq": 5, "digest": "of a moment ago"}
        memory.file().write_text(json.dumps(facts))
        return execute(*query)

    with connection.execute_wrapper(sign):
        assert found() == []


def test_a_file_that_cannot_be_read_here_leaves_the_check_undone_and_the_health_page_well():
    memory.file().unlink()
    memory.file().mkdir()
    report = audit.verify()
    assert report.verdict == audit.Verdict.UNCHECKED
    assert f"{memory.file()} cannot be read" in report.problems[0].words
    assert health.trail().is_well


def test_the_health_page_fails_while_the_workers_have_lost_their_key(settings):
    key, settings.AUDIT_SIGNING_KEY = settings.AUDIT_SIGNING_KEY, b""
    assert audit.checkpoint("the worker") is None
    host = socket.gethostname()
    assert health.trail().words.endswith(f"AUDIT_SIGNING_KEY is not set here, on {host}. Set it.")
    settings.AUDIT_SIGNING_KEY = key
    assert audit.checkpoint("the worker")
    assert health.trail().is_well


def test_that_triggers_were_gone_is_over_for_the_health_page_when_they_are_back(settings):
    guard.remove(guard.LINKS)
    assert audit.checkpoint("the worker") is None
    guard.create(guard.LINKS)
    assert audit.checkpoint("the worker")
    assert health.trail().is_well


def test_whoever_exports_where_there_is_no_key_is_told_so_and_not_the_health_page(
    settings, tmp_path
):
    settings.AUDIT_SIGNING_KEY = b""
    call_command("audit_export", str(tmp_path / "export"))
    assert health.trail().is_well


def test_a_machine_that_is_gone_has_not_the_last_word():
    place = "Signed on a-container-of-yesterday:/srv/last-signed.json"
    AuditAnchor.objects.create(place=place, problem="Checkpoint 7, which was signed here, is gone.")
    assert not health.trail().is_well
    audit.checkpoint("the worker")
    assert health.trail().is_well


def test_what_another_machine_signs_over_is_left_on_record_once():
    write_it_anew()
    audit.checkpoint("the worker")
    memory.file().rename(memory.file().with_suffix(".kept"))
    memory.forget()
    assert audit.checkpoint("a machine that remembers nothing")
    memory.file().with_suffix(".kept").rename(memory.file())
    assert audit.checkpoint("the worker") is None
    event = AuditEvent.objects.get(kind="trail.verified")
    assert (event.actor, event.outcome) == ("engine", "tampered")
    assert event.detail.startswith("Checkpoint 2, which was signed here, is not in the database")


def test_a_checkpoint_that_was_made_anew_under_the_same_number_is_noticed():
    write_it_anew()
    memory.file().rename(memory.file().with_suffix(".kept"))
    memory.forget()
    for _ in range(3):
        audit.checkpoint("with a stolen key")
    memory.forget()
    memory.file().with_suffix(".kept").rename(memory.file())
    assert audit.checkpoint("the worker") is None


def test_one_process_signs_behind_what_another_has_signed():
    audit.checkpoint("by another")
    memory.signed.update(number=1, **AuditCheckpoint.objects.values("seq", "digest").get(number=1))
    assert audit.checkpoint("the worker").number == 4


def test_the_file_says_what_was_signed_last():
    facts = AuditCheckpoint.objects.values("number", "seq", "digest").first()
    assert json.loads(memory.file().read_text()) == facts


def test_the_file_is_for_everybody_on_the_machine_to_read_whoever_signed():
    before = os.umask(0o077)
    try:
        audit.checkpoint("an export by root")
    finally:
        os.umask(before)
    assert memory.file().stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("text", ["", "[]", "{}", "\ufeff", '{"number":"x","seq":1,"digest":""}'])
def test_a_file_that_cannot_be_read_is_not_taken_for_none(text, caplog):
    memory.file().write_text(text)
    assert audit.checkpoint("the worker") is None
    assert f"{memory.file()} cannot be read" in caplog.text


def test_a_folder_that_cannot_be_written_is_logged_and_the_process_remembers(
    settings, tmp_path, caplog
):
    settings.VAR_DIR = tmp_path / "none"
    made = audit.checkpoint("the worker")
    assert "last-signed.json could not be written" in caplog.text
    assert memory.signed["number"] == made.number


def test_what_is_not_signed_is_not_remembered(make_trail, settings):
    memory.file().unlink()
    settings.AUDIT_SIGNING_KEY = b""
    meddle(f"DELETE FROM {guard.CHECKPOINTS}")
    make_trail(6)
    assert not memory.file().exists()
    assert not AuditAnchor.objects.exists()


def test_an_earlier_checkpoint_that_is_remembered_later_takes_no_place_of_a_later_one():
    first, second = AuditCheckpoint.objects.order_by("number")
    memory.remember(first)
    assert memory.kept()[0][0]["number"] == second.number
