"""demo: the whole panel from nothing, whatever the settings say; a second one never disturbs it."""

import re
import signal
import socket
import sqlite3
from pathlib import Path

import pytest
import requests

from tests.management.running import (
    Started,
    children_of,
    environment,
    finished,
    get,
    is_alive,
    wait_until,
)

#: Settings that would stop every other command.
NONSENSE = {
    "SECRET_KEY": "",
    "DATABASE_URL": "nonsense",
    "DOLBYIO_APP_KEY": "half",
    "MEDIA_API_MAX_IN_FLIGHT": "abc",
    "CELERY_BROKER_URL": "redis://127.0.0.1:9/0",
    "HTTPS": "true",
    "DEBUG": "perhaps",
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def ask(tmp_path):
    """Put a query to the demo's database."""
    return lambda query: rows(tmp_path / "demo" / "panel.sqlite3", query)


def rows(database, query):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.fixture
def demo(tmp_path):
    """Run a demo of 40 jobs until the end of the test; returns it and its port."""
    port = free_port()
    arguments = ["--port", str(port), "--jobs", "40"]
    started = Started(tmp_path / "said", "demo", *arguments, env=environment(tmp_path, **NONSENSE))
    started.wait_for(f"The panel is at http://127.0.0.1:{port}/")
    yield started, port
    started.process.terminate()
    started.process.wait(30)


def test_it_shows_a_living_panel_to_users_of_every_role(demo, ask):
    started, port = demo
    assert get(port, "/login/") == 200
    named = dict(re.findall(r"^([a-z-]+) +([0-9a-f]{8})  ", started.said, re.MULTILINE))
    roles = {"viewer", "operator", "bulk-operator", "auditor", "administrator"}
    assert set(named) == roles
    assert {name for (name,) in ask("select username from auth_user where is_staff")} == roles
    assert ask("select count(*) from mediajobs_job") == [(40,)]
    assert ask("select count(*) from mediajobs_job where label != ''") == [(26,)]
    # The worker has read the remote with a token fetched for key and secret.
    beats = "select name from mediajobs_heartbeat where failing_since is null"
    wait_until(lambda: {("worker",), ("remote",)} <= set(ask(beats)))


def api_of(pid):
    """Find where a demo plays the media API: it was told the port when it started anew."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return f"http://127.0.0.1:{words[words.index('--simulator-port') + 1]}"


def test_the_end_of_a_job_is_told_to_it_and_followed_at_once(demo, ask):
    started, _ = demo
    api = api_of(started.process.pid)
    key = ("demo-key", "demo-secret")
    form = {"grant_type": "client_credentials"}
    token = requests.post(f"{api}/v1/auth/token", form, auth=key, timeout=10).json()
    ((job_id,),) = ask("select remote_id from mediajobs_job where status = 'running' limit 1")
    requests.post(
        f"{api}/media/jobs/cancel?job_id={job_id}",
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=10,
    )
    told = "select state, handled_at > received_at from mediajobs_webhookdelivery where job_id = "
    wait_until(lambda: ask(f"{told}'{job_id}'") == [("handled", 1)])
    assert ask(f"select status from mediajobs_job where remote_id = '{job_id}'") == [("cancelled",)]


def test_ctrl_c_ends_all_of_it_and_a_second_start_begins_afresh(demo, ask, tmp_path):
    started, _ = demo
    everybody = children_of(started.process.pid)
    keys = set(ask("select password from auth_user"))
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(30) == 0
    wait_until(lambda: not any(is_alive(pid) for pid in everybody))
    assert "Traceback" not in started.said

    port = free_port()
    again = Started(
        tmp_path / "again", "demo", "--port", str(port), "--jobs", "7", env=environment(tmp_path)
    )
    try:
        again.wait_for(f"The panel is at http://127.0.0.1:{port}/")
        assert ask("select count(*) from mediajobs_job") == [(7,)]
        assert not keys & set(ask("select password from auth_user"))
    finally:
        again.process.terminate()
        assert again.process.wait(30) == 0


def test_a_second_demo_beside_it_is_refused_and_wipes_nothing(demo, ask, tmp_path):
    _, port = demo
    other = finished("demo", "--port", str(free_port()), env=environment(tmp_path))
    assert other.returncode == 2
    assert "Another demo runs here, or is still ending. End it first." in other.stderr
    same_port = finished("demo", "--port", str(port), env=environment(tmp_path))
    assert same_port.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be opened" in same_port.stderr
    assert ask("select count(*) from auth_user") == [(5,)]
    assert get(port, "/login/") == 200


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--jobs", "-1"], "'-1' is not a whole number from 0 to 100000."),
        (["--port", "0"], "'0' is not a whole number from 1 to 65535."),
        (["--simulator-port", "9"], "Leave --simulator-port to the demo itself."),
    ],
)
def test_wrong_arguments_are_said_with_exit_status_2(tmp_path, arguments, sentence):
    port = [] if "--port" in arguments else ["--port", str(free_port())]
    done = finished("demo", *arguments, *port, env=environment(tmp_path))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
