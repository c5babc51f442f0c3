"""Commands in odd shells: arguments that are no UTF-8, standard streams that are closed."""

import sqlite3
import subprocess

import pytest

from tests.management.running import command, environment, finished

ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a900001"
RECORD = ["record_jobs", "--path", "/media/transcode"]
CANCEL = ["cancel_jobs", ID]


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """The settings of a panel whose database is migrated."""
    env = environment(tmp_path_factory.mktemp("odd"))
    done = finished("migrate", "-v0", env=env)
    assert done.returncode == 0, done.stderr
    return env


@pytest.fixture
def jobs_file(tmp_path):
    file = tmp_path / "jobs.csv"
    file.write_text(f"{ID}\n")
    return str(file)


def value(env, query):
    connection = sqlite3.connect(f"{env['VAR_DIR']}/panel.sqlite3")
    try:
        return connection.execute(query).fetchone()[0]
    finally:
        connection.close()


def closed(which, *arguments, env):
    """Run a command whose standard stream `which` is closed."""
    shell = ["sh", "-c", f'exec "$@" {which}', "sh", *command(*arguments)]
    return subprocess.run(shell, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([*RECORD, "--label", b"\xff"], "--label"),
        ([*RECORD, "--path", b"/media/\xff"], "--path"),
        ([*CANCEL, "--reason", b"bad\xff"], "--reason"),
    ],
)
def test_an_argument_that_is_not_utf_8_is_refused_in_a_sentence(env, arguments, name):
    done = finished(*arguments, env=env)
    assert done.returncode == 2
    assert f"argument {name}: " in done.stderr
    assert "Traceback" not in done.stderr
    if name != "--path":
        assert "is not text in UTF-8" in done.stderr


def test_ids_that_are_not_utf_8_are_named_escaped(env):
    done = finished("cancel_jobs", b"12345678-\xff", "--reason", "x", env=env)
    assert done.returncode == 2
    assert r"Not job ids: '12345678-\udcff'." in done.stderr


def test_a_file_with_an_odd_name_is_recorded_and_its_name_escaped_in_the_trail(env, tmp_path):
    with open(bytes(tmp_path) + b"/odd\xff.csv", "w") as file:
        file.write(f"{ID[:-1]}2\n")
    done = finished(*RECORD, bytes(tmp_path) + b"/odd\xff.csv", env=env)
    assert (done.returncode, done.stdout) == (0, "1 job recorded.\n")
    detail = value(env, "SELECT detail FROM mediajobs_auditevent ORDER BY id DESC LIMIT 1")
    assert r"/odd\xff.csv”" in detail


def test_an_account_with_an_odd_name_is_escaped_in_the_trail(env, tmp_path):
    (tmp_path / "jobs.csv").write_text(f"{ID[:-1]}3\n")
    done = finished(*RECORD, str(tmp_path / "jobs.csv"), env=env | {"LOGNAME": "ad\udcffa"})
    assert (done.returncode, done.stdout) == (0, "1 job recorded.\n")
    actor = value(env, "SELECT actor FROM mediajobs_auditevent ORDER BY id DESC LIMIT 1")
    assert actor == r"shell:ad\xffa"


def test_a_closed_standard_input_is_said(env):
    done = closed("<&-", *RECORD, "-", env=env)
    assert done.returncode == 2
    assert "There is no standard input to read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_without_a_standard_output_nothing_is_stored_and_that_is_said(env, jobs_file, json):
    done = closed(">&-", *RECORD, jobs_file, *json, env=env)
    assert done.returncode == 2
    assert "There is no standard output to report to" in done.stderr
    assert "Traceback" not in done.stderr
    assert not value(env, f"SELECT count(*) FROM mediajobs_job WHERE remote_id = '{ID}'")


def test_without_a_standard_error_nothing_is_stored(env, jobs_file):
    done = closed("2>&-", *RECORD, jobs_file, env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert not value(env, f"SELECT count(*) FROM mediajobs_job WHERE remote_id = '{ID}'")
