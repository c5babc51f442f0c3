"""Copies of checkpoints that were kept elsewhere: what is compared with them, and what is not."""

from datetime import timedelta

import pytest

from mediajobs import guard
from mediajobs.models import AuditCheckpoint
from mediajobs.services import audit
from mediajobs.services.audit import Verdict
from tests.trail import meddle, sign_anew, write

pytestmark = pytest.mark.usefixtures("trail")


@pytest.fixture
def copy(tmp_path):
    """A copy with both checkpoints."""
    file = tmp_path / "copy"
    file.write_text("".join(lines()))
    return file


def lines():
    return [row.line() for row in AuditCheckpoint.objects.order_by("number")]


def verdict(file):
    report = audit.verify(anchor=str(file))
    return report.verdict, " ".join(problem.words for problem in report.problems)


def test_how_many_were_compared_is_told(copy):
    report = audit.verify(anchor=str(copy))
    assert (report.verdict, report.compared_count) == (Verdict.SOUND, 2)
    assert audit.verify().compared_count == 0


@pytest.mark.parametrize("text", ["worker | ready\n", "{}\n", '{"kind":"event","number":1}\n'])
def test_a_file_without_any_checkpoint_is_not_called_compared(copy, text):
    copy.write_text(text)
    assert verdict(copy) == (
        Verdict.UNCHECKED,
        f"{copy} holds no checkpoint: nothing was compared.",
    )


@pytest.mark.parametrize(("minutes", "is_behind"), [(9, False), (11, True)])
def test_a_copy_that_ends_long_before_the_newest_checkpoint_is_not_called_compared(
    copy, minutes, is_behind
):
    first = AuditCheckpoint.objects.get(number=1)
    sign_anew(first, at=first.at - timedelta(minutes=minutes))
    second = sign_anew(AuditCheckpoint.objects.get(number=2), previous=first.digest)
    copy.write_text(first.line())
    status, words = verdict(copy)
    assert status == (Verdict.UNCHECKED if is_behind else Verdict.SOUND)
    assert (f"ends with Checkpoint 1 of {first.at:%Y-%m-%d %H:%M} UTC" in words) == is_behind
    copy.write_text(first.line() + second.line())
    assert verdict(copy) == (Verdict.SOUND, "")


def test_what_is_wrong_with_those_that_are_there_comes_first(copy):
    copy.write_text(lines()[0].replace('"number":1', '"number":7'))
    assert verdict(copy)[0] == Verdict.TAMPERED


@pytest.mark.parametrize(
    "garbled", ['{"kind":"checkpoint","num', 'worker | {"kind": "checkpoint", oh\n', "twice"]
)
def test_a_line_that_looks_like_a_checkpoint_and_cannot_be_read_is_told(copy, garbled):
    first, second = lines()
    begin = first.strip() if garbled == "twice" else garbled
    copy.write_text(begin + second + second)
    assert verdict(copy) == (
        Verdict.UNCHECKED,
        f"Line 1 of {copy} looks like a checkpoint and is none.",
    )


@pytest.mark.parametrize("number", ["-1", "0", "9223372036854775808", "null", '"1"', "[1]"])
def test_a_number_that_none_can_have_is_no_checkpoint(copy, number):
    copy.write_text(lines()[0].replace('"number":1', f'"number":{number}') + lines()[1])
    assert "Line 1" in verdict(copy)[1]


def test_a_line_that_was_cut_off_and_is_repeated_as_a_whole_is_no_trouble(copy):
    first, second = lines()
    copy.write_text(first + second[:60] + "\n" + second)
    assert verdict(copy) == (Verdict.SOUND, "")
    copy.write_text(first + second + second[:60])
    assert verdict(copy)[0] == Verdict.UNCHECKED


def test_a_table_without_the_checkpoints_of_a_copy_is_noticed(copy):
    meddle(f"DELETE FROM {guard.CHECKPOINTS}")
    assert verdict(copy)[0] == Verdict.TAMPERED


def test_a_changed_checkpoint_is_still_named(copy):
    write(AuditCheckpoint.objects.get(number=1), digest="0" * 64)
    assert f"Checkpoint 1 of the copy {copy} is another one" in verdict(copy)[1]
