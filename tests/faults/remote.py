"""The simulated remote as a process of its own, with its journal and its door for drills."""

import json
import os
import subprocess
import sys

import requests

from mediajobs.simulator.journal import Entry
from tests.running import ROOT

SECONDS = 30


class Remote:
    """A media API with jobs that run until somebody cancels them.

    Two of them are of no use with one file: `folder` is for this one alone.
    """

    def __init__(self, folder, jobs, *options):
        self._file = folder / "journal"
        self._errors = folder / "remote.log"
        self._command = [
            *(sys.executable, "manage.py", "simulate_api", "--port", "0", "--active"),
            *("--jobs", str(jobs), "--control", "--journal", str(self._file), *options),
        ]
        self.journal, self._read_to = [], 0

    def __enter__(self):
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": ""},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        said = dict(line.partition("=")[::2] for line in self._introduction())
        self.url, self.auth_url = said["DOLBYIO_API_URL"], said["DOLBYIO_AUTH_URL"]
        self.place = "127.0.0.1", int(self.url.rpartition(":")[2])
        return self

    def _introduction(self):
        for line in self._process.stdout:
            yield line.strip()
            if "Ctrl-C" in line:
                return

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        assert self._errors.read_text() == ""

    def set(self, **values):
        """Change how the world behaves from now on: faults, latency, cancel_delay …"""
        self._ask("settings", values)

    def order(self, *faults):
        self._ask("faults", {"faults": faults})

    def void_tokens(self):
        self._ask("void-tokens", {})

    def end_jobs(self, jobs, ending="Success"):
        self._ask("end-jobs", {"jobs": jobs, "ending": ending})

    def statuses(self):
        """Tell what every job really is."""
        return requests.get(f"{self.url}/control/jobs", timeout=SECONDS).json()

    def _ask(self, name, values):
        answer = requests.post(f"{self.url}/control/{name}", json=values, timeout=SECONDS)
        assert answer.status_code == 200, answer.text

    def requests(self):
        """Read the journal on; return all of it."""
        with self._file.open() as file:
            file.seek(self._read_to)
            for line in iter(file.readline, ""):
                if not line.endswith("\n"):
                    break
                self.journal.append(Entry(**json.loads(line)))
                self._read_to += len(line.encode())
        return self.journal

    def sent(self):
        """The cancel requests that arrived."""
        return [each for each in self.requests() if each.path == "/media/jobs/cancel"]
