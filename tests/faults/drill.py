"""One drill: a remote, a panel with processes of its own, and the look at what came of it."""

import contextlib
import json
import time

from tests.invariants import Limits
from tests.running import CLOCK, PASSWORD, WORKER, Panel, wait_until

TOKEN = "planted-token-5f1c2b9e"
#: What is due is picked up within seconds of its moment, or of a lease that must run out first.
PICKED_UP_SECONDS = 15
#: Where reads fail, each is repeated half a minute later, and those of hundreds take minutes.
WHERE_READS_FAIL = 300
PACE = {"MEDIA_API_MAX_PER_SECOND": "200", "MEDIA_API_MAX_IN_FLIGHT": "32"}
CONFIRM = """
from django.contrib.auth.models import User
from mediajobs.models import Job
from mediajobs.services import cancel
from mediajobs.services.audit import Actor
user = User.objects.get(username={name!r})
by = Actor(user.username, "web", user=user, user_id=str(user.pk))
batch = cancel.draft(Job.objects.active(), by=by, selection="all active jobs")
cancel.confirm(batch, by=by, category="stuck", reason="It hangs.")
"""
CHECK = "from tests.faults.check import check; check({file!r})"
#: So much of what the processes have printed is shown where one of them did not come to an end.
MOST_OF_LOG = 5000
FACTS = ("id", "state", "pause_reason", "resumes_at")


class Drill:
    """Everything that a drill does more than once."""

    CLOCK = CLOCK

    def __init__(self, folder, remote, databases, url, *, proxy=None, **settings):
        self.remote, self.proxy = remote, proxy
        self.working_since = 0.0
        self._databases, self._url, self._folder = databases, url, folder
        known = {"DOLBYIO_API_TOKEN": TOKEN, "DOLBYIO_AUTH_URL": remote.auth_url}
        settings = PACE | known | {"CANCEL_LEASE_SECONDS": "5", "DATABASE_URL": url} | settings
        self.panel = Panel(folder, (proxy or remote).url, **settings)
        self.secrets = {PASSWORD, TOKEN, "planted-database-password"}

    @contextlib.contextmanager
    def worker(self):
        with self.panel.process(*WORKER) as process:
            self.working_since = time.time()
            yield process

    @contextlib.contextmanager
    def working(self):
        """Run a worker and the clock; give the worker's process."""
        with self.panel.process(*CLOCK), self.worker() as process:
            yield process

    def confirm(self):
        """Release a cancellation of all active jobs from the shell."""
        self.panel.manage("cancel_jobs", "--status", "running", "--reason", "It hangs.")

    def confirm_as(self, name):
        """Release a cancellation of all active jobs as a person."""
        self.panel.query(CONFIRM.format(name=name))

    def rows(self, sql):
        return self._databases.rows(self._url, sql)

    def is_database_held(self):
        """Whether somebody has begun to write and has not ended."""
        return self._databases.is_held(self._url)

    @property
    def file(self):
        """The file of a SQLite database."""
        return self._url.removeprefix("sqlite:///")

    def log(self):
        """All that the panel's processes have printed."""
        return "".join(file.read_text() for file in self.panel.logs.iterdir())

    def last_words(self):
        """What each of them has printed last."""
        logs = sorted(self.panel.logs.iterdir())
        return "\n".join(f"{file.name}: {file.read_text()[-MOST_OF_LOG:]}" for file in logs)

    def batches(self):
        """The cancellations as they stand, the oldest first."""
        sql = f"SELECT {', '.join(FACTS)} FROM mediajobs_cancelbatch ORDER BY id"
        return [dict(zip(FACTS, row, strict=True)) for row in self.rows(sql)]

    def batch(self):
        return self.batches()[-1]

    def states(self):
        """How many attempts of all batches are in which state."""
        sql = "SELECT state, count(*) FROM mediajobs_cancelattempt GROUP BY state"
        return dict(self.rows(sql))

    def kinds(self):
        """How many events of which kind the trail has."""
        return dict(self.rows("SELECT kind, count(*) FROM mediajobs_auditevent GROUP BY kind"))

    def wait_until_sent(self, count, seconds=180):
        """Wait until so many cancel requests have reached the remote."""
        wait_until(lambda: len(self.remote.sent()) >= count, seconds, pause=0.05)

    def wait_for_state(self, state, seconds=60):
        """Wait until the newest batch is in a state; tell how it stands if that is in vain."""

        def is_there():
            return self.batch()["state"] == state

        try:
            wait_until(is_there, seconds)
        except AssertionError:
            raise AssertionError(
                f"not {state} after {seconds} s: {self.batch()} {self.states()}\n"
                f"{self.last_words()}"
            ) from None

    def check_invariants(self, **limits):
        """Check all invariants against the panel's database, in a process of its settings.

        `limits` are those of `Limits` that are not as usual.
        """
        logs = [str(file) for file in self.panel.logs.iterdir()]
        facts = {"journal": self.remote.requests(), "jobs": self.remote.statuses()}
        self._check(facts | {"secrets": sorted(self.secrets), "logs": logs}, limits)

    def check_going_on(self, **limits):
        """Check what must hold in the middle of the work too, while a worker runs.

        The journal is read before the database: what has arrived by then must be on record.
        What the jobs are at the remote would be older news than what the panel knows.
        """
        facts = {"journal": self.remote.requests(), "jobs": {}, "secrets": [], "logs": []}
        self._check(facts, limits)

    def _check(self, facts, limits):
        environment = self.panel.environment
        usual = Limits(
            in_flight=int(environment["MEDIA_API_MAX_IN_FLIGHT"]),
            per_second=int(environment["MEDIA_API_MAX_PER_SECOND"]),
            working_since=self.working_since,
            pick_up=int(environment["CANCEL_LEASE_SECONDS"]) + PICKED_UP_SECONDS,
            patience=int(environment["CANCEL_LEASE_SECONDS"]) + PICKED_UP_SECONDS,
        )
        file = self._folder / "facts.json"
        file.write_text(json.dumps(facts | {"limits": usual._replace(**limits)._asdict()}))
        # With DEBUG pages need no collected stylesheets.
        self.panel.query(CHECK.format(file=str(file)), DEBUG="true")

    def peak_memory(self, process):
        """The most memory in MB that a process ever had."""
        with open(f"/proc/{process.pid}/status", encoding="ascii") as lines:
            return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
