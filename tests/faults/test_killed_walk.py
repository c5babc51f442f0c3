"""A process killed in the middle of the first walk through the list of jobs."""

import os
import signal

from tests.faults.remote import Remote
from tests.running import Panel, wait_until

JOBS, PAGE = 3000, 100
# One job a second was submitted, and the last ten minutes may be read again.
OVERLAP = 600 // PAGE + 1
LET_THE_LEASE_RUN_OUT = """
from django.utils import timezone
from mediajobs.models import Discovery
Discovery.objects.update(lease_expires_at=timezone.now())
"""


def test_the_next_walk_completes_what_a_killed_one_began(databases, template, tmp_path):
    url = databases.copy(template)

    def stored():
        return databases.rows(url, "SELECT count(*) FROM mediajobs_job")[0][0]

    with Remote(tmp_path, JOBS, "--latency", "0.1") as remote:
        panel = Panel(tmp_path, remote.url, DATABASE_URL=url)
        with panel.process("manage.py", "sync_jobs") as walk:
            wait_until(lambda: stored() >= 1500, 60, pause=0.05)
            os.kill(walk.pid, signal.SIGKILL)
            walk.wait()
        found, asked = stored(), len(remote.requests())
        assert found < JOBS
        panel.query(LET_THE_LEASE_RUN_OUT)
        panel.manage("sync_jobs")
        assert stored() == JOBS
        # What is new, and from where the other was killed, which may have stored one page more
        # than it had noted.
        rest = (JOBS - found) // PAGE + 2
        assert len(remote.requests()) - asked <= 1 + OVERLAP + rest < JOBS // PAGE
    databases.drop(url)
