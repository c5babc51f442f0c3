"""record_jobs: files and pipes, malformed lines, wrong use, and reports for machines."""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mediajobs.models import AuditEvent, Credential, Job, JobSource

ROOT = Path(__file__).resolve().parents[2]
ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"


@pytest.fixture
def record(db, tmp_path):
    """Run the command on a file with this content; give exit status, stdout and stderr."""

    def run(content, *arguments):
        file = tmp_path / "jobs.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return called(str(file), *arguments)

    return run


def called(*arguments):
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(
            "record_jobs", "--path", "/media/transcode", *arguments, stdout=out, stderr=err
        )
    except CommandError as error:
        status = error.returncode
        err.write(str(error))
    return status, out.getvalue(), err.getvalue()


def test_all_good_lines_end_with_status_0(record):
    status, said, complaints = record(f"{ID.format(1)}\n{ID.format(2)},/media/enhance\n")
    assert (status, said, complaints) == (0, "2 jobs recorded.\n", "")
    assert set(Job.objects.values_list("path", "source")) == {
        ("/media/transcode", JobSource.COMMAND),
        ("/media/enhance", JobSource.COMMAND),
    }
    event = AuditEvent.objects.get()
    assert event.channel == "command"
    assert event.actor.startswith("shell:")


def test_known_jobs_are_no_complaint(record):
    record(ID.format(1))
    status, said, _ = record(f"{ID.format(1)}\n{ID.format(2)}")
    assert (status, said) == (0, "1 job recorded; 1 known already.\n")


def test_where_the_settings_name_no_app_one_has_to_be_named(record, settings):
    settings.DOLBYIO_API_TOKEN = ""
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    status, _, complaints = record(ID.format(1))
    assert (status, "with --app" in complaints) == (2, True)
    assert complaints.endswith(" Nothing was recorded.")
    assert record(ID.format(1), "--app", "Sports")[0] == 0


def test_malformed_lines_are_told_with_their_number_and_end_with_status_1(record):
    status, said, complaints = record(f"{ID.format(1)}\n\nabc\n{ID.format(2)}\n")
    assert (status, said) == (1, "2 jobs recorded.\n")
    assert "line 3: “abc” is not a job id." in complaints
    assert "1 line was malformed and is not recorded." in complaints


def test_a_label_is_given_to_the_lines_without_one(record):
    record(f"{ID.format(1)}\n{ID.format(2)},,own", "--label", "Monday")
    assert set(Job.objects.values_list("label", flat=True)) == {"Monday", "own"}


def test_the_report_for_machines_is_one_json_object(record):
    record(ID.format(1))
    status, said, _ = record(f"{ID.format(1)}\n{ID.format(2)}\nabc", "--json")
    report = json.loads(said)
    assert status == 1
    assert [report[name] for name in ("recorded", "known", "malformed")] == [1, 1, 1]
    assert report["errors"][0]["line"] == 3
    assert report["errors"][0]["reason"].startswith("“abc” is not a job id.")


def test_what_is_not_text_leaves_nothing_behind(record):
    lines = "".join(f"{ID.format(number)}\n" for number in range(3000))
    status, said, complaint = record(lines.encode() + b"\xff\xff\n")
    assert (status, said) == (2, "")
    assert complaint.startswith("Line 3001 is not text")
    assert complaint.endswith("Nothing was recorded.")
    assert not Job.objects.exists()


@pytest.mark.parametrize("content", ["", "\n \n", "job_id,path\n"])
def test_what_holds_no_job_id_is_refused_with_status_2(record, content):
    status, said, complaint = record(content)
    assert (status, said) == (2, "")
    assert complaint == "There is no job id in it. Give one on each line. Nothing was recorded."


def test_an_empty_pipe_is_refused_with_status_2(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status, said, complaint = called("-")
    assert (status, said) == (2, "")
    assert complaint.startswith("There is no job id in it.")


@pytest.mark.parametrize("is_pipe", [True, False])
def test_what_is_bigger_than_32_mb_is_refused_with_status_2(record, monkeypatch, is_pipe):
    content = f"{ID.format(1)}\n".encode() + b"\n" * (32 * 1024 * 1024)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    status, said, complaint = called("-") if is_pipe else record(content)
    assert (status, said) == (2, "")
    assert (
        complaint == "This is too big: the most is 32 MB at once. Split it. Nothing was recorded."
    )
    assert not Job.objects.exists()


def test_a_pipe_is_read(db, monkeypatch):
    pipe = io.TextIOWrapper(io.BytesIO(f"{ID.format(1)}\n".encode()))
    monkeypatch.setattr(sys, "stdin", pipe)
    assert called("-")[:2] == (0, "1 job recorded.\n")
    assert AuditEvent.objects.get().detail.startswith("1 new from standard input")


def test_a_pipe_that_has_a_name_is_read(db, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(ID.format(1)), daemon=True)
    writer.start()
    assert called(str(pipe)) == (0, "1 job recorded.\n", "")
    writer.join()
    assert AuditEvent.objects.get().detail.startswith("1 new from the file “")


def test_a_device_without_an_end_is_refused(db):
    status, said, complaint = called("/dev/zero")
    assert (status, said) == (2, "")
    assert "This is too big" in complaint


@pytest.mark.parametrize("content", ["\x1b[2Jbad id\n", "\u202ebad id\n", "a\x07\n"])
def test_what_would_command_a_terminal_is_written_out(record, content):
    _, said, complaints = record(content)
    assert complaints
    assert all(line.isprintable() for line in (said + complaints).splitlines())


def test_the_name_of_a_file_that_cannot_be_read_commands_no_terminal(db):
    assert called("no\x1b[2J\nfile")[2].startswith(r"no\x1b[2J\nfile cannot be read: No such file")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no-such-file", "no-such-file cannot be read: No such file or directory."),
        (".", ". cannot be read: Is a directory."),
    ],
)
def test_a_file_that_cannot_be_read_is_said_with_exit_status_2(db, name, sentence):
    status, said, complaint = called(name)
    assert (status, said) == (2, "")
    assert sentence in complaint


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-"], "the following arguments are required: --path"),
        (["-", "--path", "/etc/passwd"], "“/etc/passwd” is no path that jobs are submitted to."),
        (["-", "--path", "/media/master", "--label", "x" * 201], "it has 201 characters"),
    ],
)
def test_wrong_use_is_said_in_a_sentence_with_exit_status_2(arguments, sentence):
    command = [sys.executable, "manage.py", "record_jobs", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, input="")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_said_in_a_sentence_with_status_2(tmp_path):
    environment = os.environ | {
        "SECRET_KEY": "s" * 60,
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
        "VAR_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "record_jobs", "--path", "/media/transcode"],
        cwd=ROOT,
        env=environment,
        input="",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "python manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_nobody_knows_is_asked_about_and_recorded(record):
    _, _, complaints = record(ID.format(1), "--path", "/media/transcoed")
    assert "/media/transcoed is no API that the panel knows" in complaints
    assert Job.objects.get().path == "/media/transcoed"
