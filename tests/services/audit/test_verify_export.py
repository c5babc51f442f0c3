"""The check of an exported file, which runs where there is no panel."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mediajobs.models import AuditEvent
from mediajobs.services import audit
from mediajobs.services.audit import verify_export
from mediajobs.services.audit.export import closed as with_end
from mediajobs.services.audit.export import header
from mediajobs.services.audit.verify_export import SOUND, TAMPERED, UNCHECKED
from tests.models.test_audit import STRANGE_TEXTS

#: Every field of a line of each kind, by the place of the line.
FIELDS = [
    *((0, name) for name in ("first_seq", "chain_before", "checkpoint_before", "digest_before")),
    *((2, name) for name in ("id", "seq", "chain", "digest", "body")),
    *((4, name) for name in ("number", "body", "digest", "signature", "key_id")),
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(signed, make_trail):
    """An export of five events under two signed checkpoints, as records."""
    make_trail(1, 2, 3)
    make_trail(4, 5)
    return [json.loads(line) for line in audit.export()]


@pytest.fixture
def check(tmp_path):
    """Write records into a file, with a closing line that fits, and have it checked."""

    def check(records, *arguments, closing=True):
        if closing:
            records = [*records[:-1], closed(records)]
        file = tmp_path / "export.jsonl"
        file.write_text("".join(map(as_line, records)))
        return verify_export.main([str(file), *arguments])

    return check


def as_line(record):
    return json.dumps(record, separators=(",", ":")) + "\n"


def closed(records):
    """Write a closing line as whoever tampers would."""
    kinds = [record.get("kind") for record in records[:-1]]
    digest = hashlib.sha256("".join(map(as_line, records[:-1])).encode()).hexdigest()
    return {
        "kind": "end",
        "digest": digest,
        "event_count": kinds.count("event"),
        "checkpoint_count": kinds.count("checkpoint"),
    }


def other(value):
    return value + 1 if isinstance(value, int) else f"{value}x"


def test_the_lines_stand_in_the_order_of_what_happened(lines):
    kinds = [line["kind"] for line in lines]
    events = ["event"] * 3 + ["checkpoint"] + ["event"] * 2 + ["checkpoint"]
    assert kinds == ["header", *events, "end"]


def test_a_sound_file_is_sound_and_says_what_it_amounts_to(lines, check, signed):
    status, words = check(lines)
    assert status == SOUND
    assert words.startswith(
        "Sound in itself: 5 events, 2 checkpoints, from link 1 up to link 5, chain "
    )
    assert f"Signed with {signed}: compare it with the key that you know." in words
    assert check(lines, "--key", signed)[0] == SOUND


@pytest.mark.parametrize(("place", "name"), FIELDS)
def test_no_field_can_be_changed_unseen(lines, check, place, name):
    lines[place][name] = other(lines[place][name])
    assert check(lines)[0] == TAMPERED


@pytest.mark.parametrize(("place", "name"), FIELDS)
def test_no_field_can_be_left_out_unseen(lines, check, place, name):
    del lines[place][name]
    assert check(lines)[0] == TAMPERED


@pytest.mark.parametrize("place", range(1, 7))
def test_no_line_can_be_left_out_unseen(lines, check, place):
    status, words = check(lines[:place] + lines[place + 1 :])
    assert status == TAMPERED
    assert "gap" in words or "another chain" in words or "does not follow" in words


def test_a_changed_event_that_is_chained_anew_is_noticed_by_the_checkpoint(lines, check):
    lines[2]["body"] = lines[2]["body"].replace("stuck", "fine")
    lines[2]["digest"] = verify_export.sha256("audit-event/1\n" + lines[2]["body"])
    chain = lines[1]["chain"]
    for event in lines[2:4]:
        link = f"audit-link/1\n{chain}\n{event['seq']}\n{event['id']}\n{event['digest']}"
        event["chain"] = chain = verify_export.sha256(link)
    assert check(lines) == (
        TAMPERED,
        "TAMPERED: Checkpoint 1 says another chain for link 3 than the file.",
    )


def test_lines_cannot_change_places(lines, check):
    lines[1], lines[2] = lines[2], lines[1]
    assert check(lines)[0] == TAMPERED


def test_an_end_that_was_cut_off_is_noticed(lines, check):
    status, words = check(lines[:-1], closing=False)
    assert (status, "the end was cut off" in words) == (TAMPERED, True)


def test_last_lines_that_are_gone_are_noticed_by_the_closing_line(lines, check):
    assert check([*lines[:-2], lines[-1]], closing=False)[0] == TAMPERED
    lines[-1]["event_count"] = 7
    assert check(lines, closing=False) == (
        TAMPERED,
        "TAMPERED: The closing line counts other events or checkpoints than there are.",
    )


def test_a_closing_line_with_another_hash_is_noticed(lines, check):
    lines[-1]["digest"] = "0" * 64
    assert check(lines, closing=False) == (
        TAMPERED,
        "TAMPERED: The closing line has another hash than the lines before it.",
    )


def test_a_file_that_says_itself_that_events_were_not_there_is_not_called_sound(lines, check):
    lines[-1] = closed(lines) | {"missing_count": 1}
    assert check(lines, closing=False) == (
        TAMPERED,
        "TAMPERED: 1 events were not there when the file was written.",
    )


def test_no_second_header_begins_anew(lines, check):
    assert check(lines[:1] + lines) == (
        TAMPERED,
        "TAMPERED: Line 2 stands where it does not belong.",
    )


def test_a_signature_cannot_be_taken_off_unseen(lines, check):
    lines[4] |= {"key_id": "", "signature": ""}
    assert check(lines) == (
        TAMPERED,
        "TAMPERED: Checkpoint 1: the line says something else than its sealed text.",
    )


def test_nothing_stands_behind_the_end(lines, check):
    assert check([*lines, lines[-1]], closing=False)[0] == TAMPERED


def test_a_checkpoint_of_another_key_is_noticed_where_the_own_is_named(lines, check, other_key):
    status, words = check(lines, "--key", other_key[1])
    assert status == TAMPERED
    assert words.startswith("TAMPERED: Checkpoint 1 is signed with a key that was not named")


def test_a_checkpoint_without_a_signature_is_noticed_where_a_key_is_named(make_trail, check):
    make_trail(1)
    lines = [json.loads(line) for line in audit.export()]
    status, words = check(lines)
    assert status == SOUND
    assert "whoever made the file could have made it up" in words
    _, public = audit.make_key()
    assert check(lines, "--key", public) == (TAMPERED, "TAMPERED: Checkpoint 1 is not signed.")
    assert check(lines, "--key", public, "--signed-from", "2")[0] == UNCHECKED


def test_with_a_key_a_file_without_any_checkpoint_is_not_called_sound(signed, lines, check):
    unsigned = [line for line in lines if line["kind"] != "checkpoint"]
    assert check(unsigned, "--key", signed)[0] == UNCHECKED
    assert check([lines[0], lines[-1]], "--key", signed)[0] == UNCHECKED


def test_events_after_the_last_signature_are_told_apart(signed, lines, check):
    status, words = check([*lines[:7], lines[-1]], "--key", signed)
    assert status == SOUND
    assert "Signed up to link 3: " in words
    assert "could have made up the 2 events after it." in words


def test_a_beginning_that_was_cut_off_is_noticed_by_the_counts_of_the_checkpoints(lines, check):
    first = lines[0] | {"first_seq": 2, "chain_before": lines[1]["chain"]}
    status, words = check([first, *lines[2:]])
    assert status == TAMPERED
    assert words.endswith("the trail begins at 1: the beginning was cut off.")


@pytest.mark.parametrize(("place", "name"), [(0, "chain_before"), (2, "chain"), (2, "id")])
def test_no_word_of_the_file_reaches_a_terminal_raw(lines, check, place, name):
    lines[place][name] = "\x1b[2K\rSound"
    status, words = check(lines)
    assert status == TAMPERED
    assert "\x1b" not in words


def test_a_line_nested_too_deep_is_no_export(check):
    status, words = check([json.loads("[" * 900 + "]" * 900)], closing=False)
    assert (status, words) == (UNCHECKED, "Could not be checked: Line 1 is no JSON object.")


def test_a_selection_of_events_is_checked_as_far_as_it_goes(lines, check):
    events = [("event", as_line(lines[place])) for place in (1, 2, 5)]
    first = header(1, "of Ada")
    chosen = [json.loads(line) for line in with_end(first, events)]
    status, words = check(chosen)
    assert status == SOUND
    assert "It is a selection" in words
    chosen[3]["body"] += " "
    assert check(chosen)[0] == TAMPERED


@pytest.mark.parametrize(
    "text", ["", "nonsense\n", "[1]\n", '{"kind":"header","format":"other/1"}\n']
)
def test_what_is_no_export_cannot_be_checked_or_is_called_cut(tmp_path, text):
    file = tmp_path / "other"
    file.write_text(text)
    assert verify_export.main([str(file)])[0] == (UNCHECKED if text else TAMPERED)


def test_a_file_that_is_not_there_cannot_be_checked(tmp_path):
    assert verify_export.main([str(tmp_path / "none")])[0] == UNCHECKED


def test_text_of_every_kind_comes_back_byte_for_byte_in_lines_of_plain_ascii(db, check):
    somebody = audit.Actor(name="ada", channel="web")
    for text in STRANGE_TEXTS.values():
        audit.record("job.edited", somebody, reason=text, answer=text)
    audit.checkpoint("a test")
    lines = list(audit.export())
    assert all(line.isascii() and line[:-1].isprintable() for line in lines)
    records = [json.loads(line) for line in lines]
    bodies = [json.loads(each["body"]) for each in records if each["kind"] == "event"]
    assert [body["answer"] for body in bodies] == list(STRANGE_TEXTS.values())
    assert check(records)[0] == SOUND


def test_what_is_not_sealed_is_not_in_it(lines):
    audit.record("job.edited", audit.ENGINE)
    assert len(list(audit.export())) == len(lines)
    assert AuditEvent.objects.count() == 6


def test_an_export_of_an_empty_trail_is_sound(check):
    assert check([json.loads(line) for line in audit.export()])[0] == SOUND


def test_it_runs_on_a_machine_without_the_panel(lines, tmp_path, signed):
    script = shutil.copy(Path(verify_export.__file__), tmp_path / "script.py")
    file = tmp_path / "export.jsonl"
    file.write_text("".join(map(as_line, lines)))
    command = [sys.executable, "-I", str(script), str(file), "--key", signed]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (SOUND, "")
    assert done.stdout.startswith("Sound in itself: 5 events")
    file.write_text(file.read_text().replace("stuck", "nicer"))
    assert subprocess.run(command, cwd=tmp_path, env={}, capture_output=True).returncode == TAMPERED
