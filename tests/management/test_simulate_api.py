"""simulate_api: starts, says how to use it, ends quietly, and refuses nonsense in a sentence."""

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments):
    return [sys.executable, "manage.py", "simulate_api", "--port", "0", *arguments]


def refused(*arguments):
    """Run a command that must end by itself; return exit status and what it said."""
    done = subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


@pytest.fixture
def started():
    processes = []

    def start(*arguments):
        process = subprocess.Popen(
            command(*arguments),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        lines = []
        while "Ctrl-C" not in "".join(lines[-1:]):
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr.read()
        return process, "".join(lines)

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def setting(said, name):
    return next(line for line in said.splitlines() if line.startswith(name + "=")).split("=", 1)[1]


def ask(said, headers, address="/media/jobs?status=Running"):
    host = setting(said, "DOLBYIO_API_URL").removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end_and_ends_quietly(started, ending):
    process, said = started("--jobs", "20", "--active")
    token = setting(said, "DOLBYIO_API_TOKEN")
    status, body = ask(said, {"Authorization": f"Bearer {token}"})
    assert status == 200
    assert body.count(b'"Running"') == 18
    process.send_signal(ending)
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""


def test_key_and_secret_are_told_and_wanted(started):
    _, said = started("--app-key", "k", "--app-secret", "s", "--jobs", "5")
    assert setting(said, "DOLBYIO_APP_KEY") == "k"
    assert setting(said, "DOLBYIO_APP_SECRET") == "s"
    assert setting(said, "DOLBYIO_AUTH_URL").endswith("/v1/auth/token")
    assert ask(said, {"Authorization": "Bearer simulated"})[0] == 401


def test_faults_and_the_token_reach_the_world(started):
    _, said = started("--fault", "jobs.error=1", "--fault", "cancel.lost=0.5", "--token", "t")
    assert ask(said, {"Authorization": "Bearer other"})[0] == 401
    assert ask(said, {"Authorization": "Bearer t"})[0] == 500


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fault", "lsot=0.1"], "There is no fault called 'lsot'; choose from throttle,"),
        (["--fault", "lost=2"], "The rate of 'lost' must lie between 0 and 1"),
        (["--fault", "lost"], "write a fault as NAME=RATE"),
        (["--port", "70000"], "'70000' is not a whole number from 0 to 65535"),
        (["--jobs", "-1"], "'-1' is not a whole number"),
        (["--latency", "nan"], "'nan' is not a number of seconds"),
        (["--app-key", "k"], "Give --app-key and --app-secret together."),
    ],
)
def test_wrong_use_is_said_in_a_sentence_with_exit_status_2(arguments, sentence):
    status, said = refused(*arguments)
    assert status == 2
    assert sentence in said
    assert "Traceback" not in said


def test_a_taken_port_is_said_in_a_sentence_with_exit_status_2(started):
    _, said = started("--jobs", "1")
    port = setting(said, "DOLBYIO_API_URL").rpartition(":")[2]
    status, complaint = refused("--port", port)
    assert status == 2
    assert f"Port {port} cannot be opened" in complaint
    assert "Traceback" not in complaint


def test_the_journal_holds_a_request_when_its_answer_is_there(started, tmp_path):
    file = tmp_path / "journal"
    _, said = started("--jobs", "1", "--journal", str(file))
    ask(said, {"Authorization": "Bearer any"})
    (line,) = file.read_text().splitlines()
    entry = json.loads(line)
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/media/jobs", 200)


def test_a_journal_that_cannot_be_written_is_said_with_exit_status_2(tmp_path):
    status, said = refused("--journal", str(tmp_path / "missing" / "journal"))
    assert status == 2
    assert "cannot be written (No such file or directory). Choose another --journal." in said


@pytest.mark.parametrize(("option", "answer"), [([], 404), (["--control"], 200)])
def test_the_door_for_drills_is_opened_on_demand_alone(started, option, answer):
    _, said = started("--jobs", "1", *option)
    assert ask(said, {}, "/control/jobs")[0] == answer
