"""The panel as its own processes, against a simulated remote in this one."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

CELERY = ("-m", "celery", "--quiet", "-A", "mediajobs")
WORKER = (*CELERY, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
CLOCK = (*CELERY, "beat", "--loglevel", "INFO")
ROOT = Path(__file__).parent.parent
PASSWORD = "correct-horse-battery"
ROLES = ("viewer", "operator", "bulk operator", "auditor", "administrator")
MAKE_USERS = """
from django.contrib.auth.models import Group, User
for role in {roles}:
    user = User.objects.create_user(role.replace(" ", "-"), password={password!r}, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Panel:
    """A panel with a database, a queue and processes of its own."""

    def __init__(self, folder, api_url, **settings):
        self.logs = folder / "logs"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/panel.sqlite3",
            "CELERY_BROKER_URL": "",
            "CELERY_QUEUE_DIR": str(folder / "queue"),
            "DOLBYIO_API_URL": api_url,
            "DOLBYIO_API_TOKEN": "any-token",
            "DOLBYIO_APP_KEY": "",
            "DOLBYIO_APP_SECRET": "",
            "MEDIA_API_MAX_PER_SECOND": "1000",
            **settings,
        }

    def manage(self, *words, **settings):
        """Run a command to its end; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self):
        """Make the tables, a user for each role, and the jobs that the remote knows."""
        self.make_tables()
        self.manage("sync_jobs")

    def make_tables(self):
        """Make the tables and a user for each role."""
        self.manage("migrate", "--verbosity=0")
        self.query(MAKE_USERS.format(roles=ROLES, password=PASSWORD))

    def query(self, script, **settings):
        """Run a script in the panel's shell and return what it prints."""
        return self.manage("shell", "--verbosity=0", "--command", script, **settings).strip()

    @contextlib.contextmanager
    def process(self, *command):
        """Run a program beside the test and end it, whatever happens; its log is kept."""
        self.logs.mkdir(exist_ok=True)
        with (self.logs / f"{len(list(self.logs.iterdir()))}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGCONT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextlib.contextmanager
    def serving(self):
        """Run web, worker and clock, as `manage.py serve` does."""
        with self.process("manage.py", "serve", "--port", str(self.port)):
            wait_until(self.answers, 60)
            yield self

    def answers(self):
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/login/", timeout=5).status_code == 200
        return False


def wait_until(true, seconds, pause=0.2):
    """Wait until something holds; fail when it takes too long."""
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at, f"waited {seconds} s in vain for {true}"
        time.sleep(pause)
