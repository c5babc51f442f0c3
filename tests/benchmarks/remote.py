"""The simulated media API as a process of its own, told by a pipe what to play."""

import multiprocessing
import time
from collections import Counter

from mediajobs.simulator import SimulatorServer, World
from mediajobs.simulator.population import any_path
from mediajobs.simulator.world import CANCEL_PATH
from tests.simulated import Clock

CALL_NAMES = {"/media/jobs": "list", CANCEL_PATH: "cancel"}


class Remote:
    """A process that answers for one world at a time; `play` gives it another."""

    def __enter__(self):
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(target=serve, args=(other_end,))
        self._process.start()
        self.url = self._pipe.recv()
        self._worlds = 0
        return self

    def __exit__(self, *_):
        self._pipe.send(None)
        self._process.join()

    def _ask(self, name, *words):
        self._pipe.send((name, words))
        return self._pipe.recv()

    def play(self, jobs, latency=0.0, *, is_still=False):
        """Begin a world of so many new jobs, all running; return id, path, submitted ms of each.

        In a still world no time goes by, so that nothing changes by itself.
        """
        self._worlds += 1
        return self._ask("play", jobs, latency, self._worlds, is_still)

    def calls(self):
        """Count what was asked since `play`: {"cancel": …, "list": …, "status": …}."""
        return self._ask("calls")

    def check_cancels(self, count):
        """Fail unless, since `play`, so many jobs were asked for, each once and with a yes."""
        asked, jobs, accepted = self._ask("cancels")
        assert asked == jobs == accepted == count, (
            f"{asked:,} cancel requests came, for {jobs:,} jobs, and {accepted:,} were accepted; "
            f"each should be {count:,}."
        )

    def first_cancel_at(self):
        return self._ask("first_cancel_at")


def serve(pipe):
    with SimulatorServer(World()) as server:
        pipe.send(server.url)
        while order := pipe.recv():
            name, words = order
            with server.lock:
                pipe.send(DEEDS[name](server, *words))


def play(server, jobs, latency, seed, is_still):
    clock = Clock(time.time()) if is_still else time.time
    server.world = World(seed, latency=latency, clock=clock)
    for place in range(jobs):
        path = any_path(server.world.random)
        server.world.add_job(path, submitted_ago=60.0 + 0.1 * (jobs - place))
    # The newest first, as the remote's own list has them, and with it the panel's table.
    every = reversed(server.world.jobs.values())
    return [(job.job_id, job.path, job.submitted_ms) for job in every]


def calls(server):
    return dict(Counter(CALL_NAMES.get(each.path, "status") for each in server.world.journal))


def cancels(server):
    """Count the cancel requests, the jobs that they were about, and those that were accepted."""
    asked = [each for each in server.world.journal if each.path == CANCEL_PATH]
    return len(asked), len({each.job_id for each in asked}), sum(e.status == 200 for e in asked)


def first_cancel_at(server):
    return next((each.at for each in server.world.journal if each.path == CANCEL_PATH), None)


DEEDS = {deed.__name__: deed for deed in (play, calls, cancels, first_cancel_at)}
