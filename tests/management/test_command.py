"""Commands whose database fails or whose output cannot be written: a sentence and a status."""

import io
import os
import subprocess

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from mediajobs.models import CancelBatch
from mediajobs.simulator import SimulatorServer
from mediajobs.simulator.scenarios import active
from tests.management.running import command, environment, finished

CANCEL = ["cancel_jobs", "--status", "running", "--reason", "x"]
RECORD = ["record_jobs", "--path", "/media/transcode"]
ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"


def read_only(execute, sql, params, many, context):
    if sql.startswith(("INSERT", "UPDATE")):
        raise OperationalError("attempt to write a readonly database")
    return execute(sql, params, many, context)


def failed(*arguments):
    """Run a command that has to fail; give its status and its sentence."""
    with pytest.raises(CommandError) as error:
        call_command(*arguments, stdout=io.StringIO(), stderr=io.StringIO())
    return error.value.returncode, str(error.value)


@pytest.mark.parametrize("command", ["cancel", "foretell", "record", "sync"])
def test_a_read_only_database_is_said_with_exit_status_2(make_job, world, tmp_path, command):
    make_job()
    (tmp_path / "ids").write_text(ID.format(1))
    commands = {
        "cancel": CANCEL,
        "foretell": [*CANCEL, "--dry-run"],
        "record": [*RECORD, str(tmp_path / "ids")],
        "sync": ["sync_jobs"],
    }
    with connection.execute_wrapper(read_only):
        status, said = failed(*commands[command])
    assert status == 2
    assert said == (
        "The database cannot be used: attempt to write a readonly database. Nothing was done."
    )


def test_a_database_that_fails_after_the_release_is_said_with_exit_status_1(make_job):
    make_job()

    def lose_it_later(execute, sql, params, many, context):
        if sql.startswith('UPDATE "mediajobs_cancelattempt"'):
            raise OperationalError("the connection is lost")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lose_it_later):
        status, said = failed(*CANCEL, "--wait")
    assert status == 1
    assert said.endswith(f"Cancellation {CancelBatch.objects.get().pk} is released, and stays so.")


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """The settings of a panel with running jobs at a media API that cancels at once."""
    world = active(count=12)
    world.cancel_delay = 0.0
    with SimulatorServer(world) as remote:
        env = environment(tmp_path_factory.mktemp("panel"), DOLBYIO_API_URL=remote.url)
        for arguments in (["migrate", "-v0"], ["sync_jobs"]):
            done = finished(*arguments, env=env)
            assert done.returncode == 0, done.stderr
        yield env


def run_into(which, *arguments, env):
    """Run a command with a standard stream that cannot be written."""
    shell = ["sh", "-c", f'exec "$@" {which}', "sh", *command(*arguments)]
    return subprocess.run(shell, env=env, capture_output=True, text=True, timeout=90)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*CANCEL, "--dry-run"], "nothing was requested:"),
        (["cancel_jobs", "--status", "pending", "--reason", "x"], "is released."),
        (["sync_jobs", "--json"], "Jobs read: 12, of them new: 0."),
        ([*RECORD, "IDS"], "1 job recorded."),
    ],
)
def test_a_report_that_finds_no_room_is_said_with_what_is_done(panel, tmp_path, arguments, words):
    (tmp_path / "ids").write_text(ID.format(2))
    arguments = [str(tmp_path / "ids") if each == "IDS" else each for each in arguments]
    done = run_into(">/dev/full", *arguments, env=panel)
    assert done.returncode == 3
    assert words in done.stderr
    assert "The report could not be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_is_gone_is_said_with_what_is_done(panel):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            command("sync_jobs"), env=panel, stdout=writer, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(writer)
    assert done.returncode == 3
    assert "of them new: 0. The report could not be written: Broken pipe." in done.stderr
    assert "Exception ignored" not in done.stderr


def test_complaints_that_cannot_be_written_are_dropped_and_the_deed_goes_on(panel, tmp_path):
    done = run_into("2>/dev/full", *CANCEL, "--wait", env=panel)
    assert done.returncode == 0
    assert "is finished: " in done.stdout
    (tmp_path / "ids").write_text(f"no id\n{ID.format(3)}")
    done = run_into("2>/dev/full", *RECORD, str(tmp_path / "ids"), env=panel)
    assert (done.returncode, done.stdout) == (1, "1 job recorded.\n")


def test_ctrl_c_while_a_command_still_starts_ends_it_without_a_traceback(tmp_path):
    (tmp_path / "slow.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    env = environment(tmp_path, PYTHONPATH=str(tmp_path), DJANGO_SETTINGS_MODULE="slow")
    done = finished("sync_jobs", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
