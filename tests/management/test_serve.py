"""serve: web server, worker and clock start, stay and end together, or a sentence says why not."""

import os
import signal
import socket

import pytest

from tests.management.running import (
    Started,
    children_of,
    environment,
    finished,
    get,
    is_alive,
    wait_until,
)


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """The settings of a panel whose database is migrated."""
    folder = tmp_path_factory.mktemp("served")
    env = environment(folder)
    done = finished("migrate", "-v0", env=env)
    assert done.returncode == 0, done.stderr
    return env


@pytest.fixture
def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def serve(env, port, tmp_path):
    """Serve until the end of the test; returns what was started, once it answers."""
    started = Started(tmp_path / "said", "serve", "--port", str(port), env=env)
    started.wait_for(f"The panel is at http://127.0.0.1:{port}/")
    yield started
    started.process.terminate()
    started.process.wait(30)


def parts(serve):
    """Tell the three children by their commands."""
    below = children_of(serve.process.pid)
    return {
        name: next(pid for pid, line in below.items() if words in line)
        for name, words in {
            "web": "gunicorn mediajobs.wsgi",
            "worker": "mediajobs worker",
            "beat": "mediajobs beat",
        }.items()
    }


def test_it_serves_pages_and_their_stylesheets(serve, port):
    assert set(parts(serve)) == {"web", "worker", "beat"}
    assert get(port, "/login/") == 200
    assert get(port, "/static/mediajobs/panel.css") == 200


def test_a_worker_that_is_killed_is_started_again(serve):
    first = parts(serve)["worker"]
    os.kill(first, signal.SIGKILL)
    serve.wait_for("worker ended (killed by SIGKILL); starting it again.")
    wait_until(
        lambda: any("mediajobs worker" in x for x in children_of(serve.process.pid).values())
    )
    assert parts(serve)["worker"] != first
    assert serve.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_ends_quietly_and_leaves_no_process(serve, number):
    everybody = children_of(serve.process.pid)
    assert len(everybody) >= 4
    serve.process.send_signal(number)
    assert serve.process.wait(30) == 0
    wait_until(lambda: not any(is_alive(pid) for pid in everybody))
    assert "Traceback" not in serve.said


def test_killed_outright_it_still_leaves_no_process(serve):
    everybody = children_of(serve.process.pid)
    serve.process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in everybody), seconds=20)


def test_a_taken_port_is_said_with_exit_status_2(env):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = finished("serve", "--port", str(port), env=env)
    assert done.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be opened (Address already in use)." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "70000"], "'70000' is not a whole number from 1 to 65535."),
        (["--port", "http"], "'http' is not a whole number"),
        (["--web-threads", "0"], "'0' is not a whole number from 1 to 200."),
        (["--host", "a..b"], "Port 8000 of a..b cannot be opened (it is no name of a host)."),
        (["--host", "a" * 70], "cannot be opened (it is no name of a host)."),
        (["--host", b"\xff"], "cannot be opened (it is no name of a host)."),
        (["--host", "no.such.host.invalid"], "of no.such.host.invalid cannot be opened ("),
    ],
)
def test_wrong_arguments_are_said_with_exit_status_2(env, arguments, sentence):
    done = finished("serve", *arguments, env=env)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_said_with_exit_status_2(port, tmp_path):
    done = finished("serve", "--port", str(port), env=environment(tmp_path))
    assert done.returncode == 2
    assert "Run “python manage.py migrate” first." in done.stderr


def test_wrong_settings_are_said_with_exit_status_2(env, port):
    done = finished("serve", "--port", str(port), env=env | {"MEDIA_API_MAX_IN_FLIGHT": "abc"})
    assert done.returncode == 2
    assert "MEDIA_API_MAX_IN_FLIGHT is 'abc'. Write a whole number, or nothing." in done.stderr
    assert "Traceback" not in done.stderr


def test_warnings_about_settings_are_said_at_start(env, port, tmp_path):
    wrong = env | {"DOLBYIO_APIURL": "https://api.dolby.com"}
    started = Started(tmp_path / "said", "serve", "--port", str(port), env=wrong)
    try:
        started.wait_for("DOLBYIO_APIURL is no setting of this panel.")
        started.wait_for("Did you mean DOLBYIO_API_URL?")
    finally:
        started.process.terminate()
        assert started.process.wait(60) == 0
