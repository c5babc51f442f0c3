"""Starting commands as a person does: in a process of their own, with settings of their own."""

import os
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90


def environment(folder, **settings):
    """Give the settings of a panel that keeps all it has in `folder`, and reads no .env."""
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return plain | {
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(folder),
        "SECRET_KEY": "only-for-tests-" + "0123456789abcdef" * 4,
        "DOLBYIO_API_URL": "http://127.0.0.1:9",
        "DOLBYIO_API_TOKEN": "test-token",
        **settings,
    }


def command(*arguments):
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def finished(*arguments, env):
    """Run a command that ends by itself."""
    return subprocess.run(
        command(*arguments), env=env, capture_output=True, text=True, timeout=PATIENCE
    )


class Started:
    """A command that goes on until it is told to end; its output goes to a file."""

    def __init__(self, file, *arguments, env):
        self.file = file
        with file.open("w") as output:
            self.process = subprocess.Popen(
                command(*arguments), env=env, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def said(self):
        return self.file.read_text()

    def wait_for(self, words, times=1):
        wait_until(lambda: self.said.count(words) >= times or self.process.poll() is not None)
        assert self.said.count(words) >= times, self.said


def wait_until(is_so, seconds=PATIENCE):
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "waited too long"
        time.sleep(0.1)


def children_of(pid):
    """List the processes below a process by id: {pid: command line}."""
    rows = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True
    ).stdout
    table = [line.split(None, 2) for line in rows.splitlines()]
    found, parents = {}, {str(pid)}
    while parents:
        below = {row[0]: row[2] for row in table if row[1] in parents}
        found |= below
        parents = set(below)
    return {int(pid): line for pid, line in found.items()}


def is_alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def get(port, path="/"):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
