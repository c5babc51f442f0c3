"""A PostgreSQL of a drill's own, that can be restarted without a goodbye."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.faults.databases import Server
from tests.running import free_port

#: Where Debian keeps what it does not put on the path.
FOLDERS = "/usr/lib/postgresql/*/bin"
SETTINGS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c port={port}"


class Cluster(Server):
    """One that trusts this machine; the server refuses to be root's, so root's is postgres's."""

    def __init__(self):
        self._port = free_port()
        self._user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        super().__init__("postgres", "planted-database-password", "127.0.0.1", self._port)

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="drill-postgresql-"))
        if self._user:
            shutil.chown(self._folder, "postgres", "postgres")
        self._run("initdb", "--username", "postgres", "--auth", "trust", "--no-sync")
        self._control("start")
        return self

    def __exit__(self, *_):
        try:
            self._control("stop", "-m", "immediate")
        finally:
            shutil.rmtree(self._folder)

    def restart_at_once(self):
        """Kill every process of it and start it again: open transactions are lost."""
        self._control("restart", "-m", "immediate")

    def _control(self, *words):
        options = SETTINGS.format(port=self._port)
        log = str(self._folder / "log")
        self._run("pg_ctl", "--wait", "--log", log, "-o", options, *words)

    def _run(self, program, *words):
        done = subprocess.run(
            [found(program), "--pgdata", str(self._folder / "data"), *words],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            **self._user,
        )
        assert done.returncode == 0, done.stderr


def found(program):
    places = [str(path) for path in sorted(Path("/").glob(FOLDERS.lstrip("/")))]
    path = shutil.which(program, path=os.pathsep.join([*places, os.environ["PATH"]]))
    assert path, f"{program} is missing: apt install postgresql"
    return path
