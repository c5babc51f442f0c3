"""The check of an export as a program: how it ends where it cannot check."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import AuditCheckpoint, AuditEvent
from mediajobs.models.append_only import as_line
from mediajobs.services import audit
from mediajobs.services.audit import verify_export
from mediajobs.services.audit.export import closed
from mediajobs.services.audit.prune import read_export
from mediajobs.services.audit.verify_export import SOUND, TAMPERED, UNCHECKED

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(trail, tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_text("".join(audit.export()))
    return file


def ended(*arguments, **options):
    script = Path(verify_export.__file__)
    command = [sys.executable, "-I", str(script), *map(str, arguments)]
    facts = {"env": {"LC_ALL": "C"}, "capture_output": True, "text": True, "check": False}
    return subprocess.run(command, **facts | options)


@pytest.mark.parametrize("key", ["", "x", "AAAA", pytest.param("ä" * 44, id="umlauts"), "A" * 44])
def test_what_is_no_key_is_said_and_called_not_checked(file, key):
    status, words = verify_export.main([str(file), "--key", key])
    assert status == UNCHECKED
    assert words.startswith(f"Could not be checked: {key!r} is no public key;")


def test_without_the_package_for_signatures_it_says_what_to_install(file, tmp_path):
    code = (
        "import runpy, sys; sys.modules['cryptography'] = None; "
        f"sys.argv[1:] = [{str(file)!r}]; "
        f"runpy.run_path({verify_export.__file__!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.returncode == UNCHECKED
    assert "pip install cryptography" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stdout_that_takes_nothing_is_not_called_tampering(file):
    with Path("/dev/full").open("w") as full:
        done = ended(file, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == UNCHECKED
    assert done.stderr == "Could not be checked: OSError: [Errno 28] No space left on device\n"


def test_a_place_that_is_no_file_is_not_called_tampering(file, tmp_path):
    for place in (tmp_path, file / "below"):
        done = ended(place)
        assert (done.returncode, done.stdout[:20]) == (UNCHECKED, "Could not be checked")


def test_a_terminal_that_does_not_know_all_characters_gets_the_result(file):
    header = json.loads(file.read_text().splitlines()[0]) | {"selection": "x"}
    chosen = closed(as_line(header), [])
    file.write_text("".join(chosen))
    # -I would ignore the encoding that is asked for.
    command = [sys.executable, verify_export.__file__, str(file)]
    env = {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, env=env, capture_output=True, encoding="latin-1")
    assert done.returncode == SOUND
    assert "\\u201cmanage.py audit_verify" in done.stdout


def test_a_sound_file_ends_with_0(file):
    assert ended(file).returncode == SOUND


def test_a_signature_where_nothing_is_signed_is_called_tampering(make_trail, tmp_path):
    make_trail(1, 2)
    file = tmp_path / "unsigned.jsonl"
    file.write_text("".join(audit.export()))
    assert ended(file).returncode == SOUND
    lines = file.read_text().replace('"signature":""', '"signature":"x"').splitlines(keepends=True)
    file.write_text("".join(closed(lines[0], ((kind_of(line), line) for line in lines[1:-1]))))
    status, words = verify_export.main([str(file)])
    assert (status, words[-34:]) == (TAMPERED, "has a signature, and names no key.")


def test_a_file_cut_at_a_checkpoint_says_how_far_it_reaches(file, signed):
    lines = file.read_text().splitlines(keepends=True)
    for kept, seq, number in ((lines[:-1], 5, 2), (lines[:5], 3, 1)):
        file.write_text("".join(closed(kept[0], ((kind_of(line), line) for line in kept[1:]))))
        status, words = verify_export.main([str(file), "--key", signed])
        event = AuditEvent.objects.order_by("pk")[seq - 1]
        last = f"event {event.pk} of {time_of(event)}"
        last += f" and checkpoint {number} of {time_of(AuditCheckpoint.objects.get(number=number))}"
        told = f"up to {last}. Whether that is all, only the trail or another copy tells."
        assert (status, told in words) == (SOUND, True)


def time_of(row):
    return json.loads(row.body)["at"]


def kind_of(line):
    return json.loads(line)["kind"]


def make_hostile(file):
    """Let a checkpoint say a link that a terminal would obey: away with the line, and another."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    [first, _] = [line for line in lines if line["kind"] == "checkpoint"]
    body = json.loads(first["body"]) | {"seq": "\x1b[2K\rSound in itself\u202e\ud800"}
    first["body"] = json.dumps(body)
    first["digest"] = verify_export.sha256("audit-checkpoint/1\n" + first["body"])
    file.write_text("".join(map(as_line, lines)))


def test_no_word_of_a_file_steers_the_terminal(file):
    make_hostile(file)
    done = ended(file)
    assert done.returncode == TAMPERED
    words = r"link \x1b[2K\rSound in itself\u202e\ud800 than the file."
    assert done.stdout.removesuffix("\n").endswith(words)


def test_no_word_of_a_file_steers_the_terminal_of_the_panel(file):
    make_hostile(file)
    words = r"link \x1b[2K\rSound in itself\u202e\ud800 than the file."
    (problem,) = audit.verify(export=str(file)).problems
    assert problem.words.endswith(words)
    with pytest.raises(ValidationError) as refusal:
        read_export(str(file))
    assert refusal.value.messages[0].endswith(words)


def test_a_checkpoint_nested_too_deep_is_called_tampering(file):
    lines = file.read_text().splitlines(keepends=True)
    deep = '{"kind":"checkpoint","number":1,"body":"' + "[" * 100_000 + '"}\n'
    file.write_text("".join([lines[0], deep]))
    assert verify_export.main([str(file)])[0] == TAMPERED
