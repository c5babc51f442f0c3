"""What the benchmarks stand on: databases of their own, and panels with real processes."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import psycopg

from tests.running import ROOT, Panel, wait_until

POSTGRESQL = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("CELERY_BROKER_URL", "redis://127.0.0.1:6379/9")
CELERY = ("-m", "celery", "--quiet", "-A", "mediajobs")
WORKER = (*CELERY, "worker", "--loglevel", "ERROR", "--without-gossip", "--without-mingle")
BEAT = (*CELERY, "beat", "--loglevel", "ERROR")
DATABASES = ("SQLite", "PostgreSQL")
#: The default of 50 calls a second is for the vendor's sake; here the panel is what is measured.
NO_PACE = "10000"  # the most that the setting takes


class MeasuredPanel(Panel):
    def do(self, deed, *words, timeout=600, module="tests.benchmarks.deeds"):
        """Carry out a deed of a module in a process of its own; return what it found out."""
        done = subprocess.run(
            [sys.executable, "-m", module, deed, *map(str, words)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def know(self, jobs):
        """Put the remote's jobs into the table, as a sync would."""
        file = self.folder / "jobs.json"
        file.write_text(json.dumps(jobs))
        self.do("know", file)

    def cancel_running(self, remote, count):
        """Have so many jobs cancelled; fail unless the remote was asked once for each."""
        told = self.do("cancel_running", count)
        remote.check_cancels(count)
        return told


@contextlib.contextmanager
def panel(remote, database, **settings):
    """Give a panel with a fresh database, which goes away with it."""
    with tempfile.TemporaryDirectory() as folder, database_url(database, folder) as url:
        made = MeasuredPanel(
            Path(folder),
            remote.url,
            **{"DATABASE_URL": url, "MEDIA_API_MAX_PER_SECOND": NO_PACE, **settings},
        )
        made.folder = Path(folder)
        made.manage("migrate", "--verbosity=0")
        yield made


@contextlib.contextmanager
def working(remote, database, jobs, **settings):
    """Give a panel that knows the jobs, with a worker and a clock that have settled down."""
    with panel(remote, database, **settings) as made:
        made.know(jobs)
        with made.process(*WORKER) as made.worker, made.process(*BEAT):
            wait_until(lambda: made.do("has_beaten"), 60)
            yield made


@contextlib.contextmanager
def database_url(database, folder):
    if database == "SQLite":
        yield f"sqlite:///{folder}/panel.sqlite3"
        return
    name = f"benchmark_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield POSTGRESQL.rpartition("/")[0] + "/" + name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
