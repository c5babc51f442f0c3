"""A worker killed in the middle of a batch, again and again: nothing lost, nothing sent blindly."""

import json
import os
import signal
from collections import defaultdict
from itertools import pairwise

import pytest

from mediajobs.simulator import scenarios
from mediajobs.simulator.server import SimulatorServer
from tests.running import Panel, wait_until

JOBS = 400
KILLS = 3
WORKER = ("-m", "celery", "--quiet", "-A", "mediajobs", "worker", "--loglevel", "ERROR")
BEAT = ("-m", "celery", "--quiet", "-A", "mediajobs", "beat", "--loglevel", "ERROR")
END = """
import json
from collections import Counter
from mediajobs.models import *
batch = CancelBatch.objects.get()
print(json.dumps(dict(
    state=batch.state,
    counts=batch.counts(),
    kinds=Counter(AuditEvent.objects.values_list("kind", flat=True)),
    cancelled=list(batch.attempts.filter(state="cancelled").values_list("remote_id", flat=True)),
)))
"""


@pytest.fixture
def world():
    world = scenarios.active(JOBS, seed=7)
    world.latency = 0.05
    return world


@pytest.fixture
def panel(world, tmp_path):
    """A panel without processes whose workers are slow enough to be caught at work."""
    with SimulatorServer(world) as remote:
        panel = Panel(tmp_path, remote.url, MEDIA_API_MAX_PER_SECOND="60", CANCEL_LEASE_SECONDS="5")
        panel.prepare()
        yield panel


def sent(world):
    return sum(world.cancels(job_id) for job_id in world.jobs)


def kill_while_sending(panel, world):
    """Run a worker until it has sent some more, then kill it as hard as can be."""
    before = sent(world)
    with panel.process(*WORKER) as worker:
        wait_until(lambda: sent(world) > before + 30, 60)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()


def ending(panel):
    return json.loads(panel.query(END.strip()).splitlines()[-1])


def looks_and_sends(world):
    """The requests that reached the remote, in order, for each job."""
    by_job = defaultdict(list)
    for entry in world.journal:
        if entry.path == "/media/jobs":
            for requests in by_job.values():
                requests.append("look")
        elif entry.job_id:
            by_job[entry.job_id].append("send" if entry.method == "POST" else "look")
    return by_job


def test_a_batch_survives_a_worker_that_is_killed_again_and_again(panel, world):
    panel.manage("cancel_jobs", "--status", "running", "--reason", "The cluster hangs.")
    with panel.process(*BEAT):
        for _ in range(KILLS):
            kill_while_sending(panel, world)
        with panel.process(*WORKER):
            wait_until(lambda: ending(panel)["state"] == "finished", 120)

    end = ending(panel)
    running = sum(end["counts"].values())
    assert running == JOBS * 9 // 10
    assert end["counts"]["cancelled"] == running
    assert all(
        world.job(job_id).status_at(world.clock()) == "Cancelled" for job_id in end["cancelled"]
    )
    ends = ("cancel.answered", "cancel.unanswered", "cancel.withheld")
    assert end["kinds"]["cancel.sent"] == sum(end["kinds"].get(kind, 0) for kind in ends)
    assert end["kinds"]["cancel.ended"] == running
    for requests in looks_and_sends(world).values():
        for first, second in pairwise(requests):
            assert (first, second) != ("send", "send")
