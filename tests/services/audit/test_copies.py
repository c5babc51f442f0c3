"""Copies of checkpoints that were kept elsewhere: what is compared with them, and what is not."""

import logging
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from mediajobs import guard
from mediajobs.log_lines import LogLine
from mediajobs.models import AuditCheckpoint
from mediajobs.services import audit
from mediajobs.services.audit import Verdict
from tests.trail import forget_what_was_signed, meddle, sign_anew, write

pytestmark = pytest.mark.usefixtures("trail")


@pytest.fixture
def copy(tmp_path):
    """A copy with both checkpoints, on a machine that has signed none."""
    forget_what_was_signed()
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


#: Anybody can make one whose text fits its digest.
DIGEST = AuditCheckpoint(body="x").compute_digest()
MADE_UP = f'{{"kind":"checkpoint","number":1,"body":"x","digest":"{DIGEST}"}}'


@pytest.fixture
def log_of(settings):
    """Give the line that the log has of a request by somebody without an account."""

    def request(path):
        records = []
        handler = logging.Handler()
        handler.emit = records.append
        logger = logging.getLogger("django.security")
        logger.addHandler(handler)
        try:
            Client(enforce_csrf_checks=True).post(path)
        finally:
            logger.removeHandler(handler)
        form = settings.LOGGING["formatters"]["line"]
        return LogLine(form["format"], style=form["style"]).format(records[0]) + "\n"

    return request


@pytest.mark.parametrize("cut_off", [0, 3])
def test_what_anybody_sends_into_the_log_is_no_checkpoint(copy, log_of, cut_off):
    sent = MADE_UP[: len(MADE_UP) - cut_off]
    logged = log_of(f"/{quote(sent)}")
    assert logged.endswith(f"/{sent}\n")
    copy.write_text(logged + copy.read_text())
    assert verdict(copy) == (Verdict.SOUND, "")


def test_what_stands_behind_a_level_is_no_checkpoint(copy):
    for level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        copy.write_text(f"Nov 26 06:14:00 host worker[7]: {level} {MADE_UP}\n" + "".join(lines()))
        assert verdict(copy) == (Verdict.SOUND, "")


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "worker-1  | ",
        "Nov 26 06:14:00 media-1 celery[4711]: ",
        "2026-11-26T06:14:00.123456789Z stdout F ",
        "2026-11-26T06:14:00+00:00 media.example celery[4711]: ",
    ],
)
def test_behind_what_a_collector_of_logs_writes_a_checkpoint_is_read(copy, prefix):
    first, second = (f"{prefix}{line}" for line in lines())
    copy.write_text(first + second)
    assert audit.verify(anchor=str(copy)).compared_count == 2
    copy.write_text(first.replace('"number":1', '"number":7') + second)
    assert verdict(copy)[0] == Verdict.TAMPERED


def test_a_line_whose_text_does_not_fit_its_digest_is_told_and_not_compared(copy):
    copy.write_text(lines()[0].replace("a test", "a text") + lines()[1])
    assert verdict(copy) == (
        Verdict.UNCHECKED,
        f"Line 1 of {copy} looks like a checkpoint and is none.",
    )


@pytest.mark.parametrize("behind", [" and more", "}", "'"])
def test_a_checkpoint_in_the_midst_of_a_line_is_none(copy, behind):
    copy.write_text(lines()[0] + f"/{lines()[0].strip()}{behind}\n" + lines()[1])
    assert verdict(copy) == (Verdict.SOUND, "")
