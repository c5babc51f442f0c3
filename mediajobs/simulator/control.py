"""A second door to a world, for drills: what is true in it, and what shall go wrong."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .jobs import ACTIVE
from .replies import Reply, as_json, problem
from .webhooks import Delivery
from .world import World

PREFIX = "/control/"
SETTINGS = (
    *("faults", "latency", "cancel_delay", "redirect_to"),
    *("finished_cancel_status", "repeated_cancel_status"),
)


class Control:
    """Answers what is asked below /control/ and leaves all else to the world; keeps no journal.

    Stands in a server where a world stands. Whoever reaches the port may use it.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def handle(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> Reply:
        if not path.startswith(PREFIX):
            return self.world.handle(method, path, query, headers, body)
        deed = DEEDS.get((method, path.removeprefix(PREFIX)))
        if deed is None:
            names = ", ".join(f"{method} {PREFIX}{name}" for method, name in DEEDS)
            return problem(404, "Not found", f"There are {names}.", path)
        try:
            return as_json(200, deed(self.world, **json.loads(body or b"{}")))
        except (ValueError, TypeError, KeyError) as wrong:
            return problem(400, "Validation error", str(wrong), path)

    def due_deliveries(self) -> list[Delivery]:
        return self.world.due_deliveries()


def show_jobs(world: World) -> dict[str, str]:
    """Tell what every job really is."""
    now = world.clock()
    return {job_id: job.status_at(now) for job_id, job in world.jobs.items()}


def change(world: World, **values: Any) -> dict[str, Any]:
    """Set how the world behaves from now on."""
    unknown = values.keys() - set(SETTINGS)
    if unknown:
        raise ValueError(f"Nothing is called {unknown.pop()!r}; choose from {', '.join(SETTINGS)}.")
    for name, value in values.items():
        setattr(world, name, value)
    return {}


def order(world: World, *, faults: list[str]) -> dict[str, Any]:
    """Give each of these faults to one coming call."""
    world.fault_next(*faults)
    return {}


def void_tokens(world: World) -> dict[str, Any]:
    """End every token that was given out."""
    world.void_tokens()
    return {}


def end_jobs(world: World, *, jobs: list[str], ending: str) -> dict[str, Any]:
    """Let jobs end by themselves, now; those that have ended stay as they are."""
    now = world.clock()
    for job in (world.job(job_id) for job_id in jobs):
        if job.status_at(now) in ACTIVE:
            job.ends_at, job.ending, job.end_is_settled = now, ending, True
    return {}


DEEDS: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {
    ("GET", "jobs"): show_jobs,
    ("POST", "settings"): change,
    ("POST", "faults"): order,
    ("POST", "void-tokens"): void_tokens,
    ("POST", "end-jobs"): end_jobs,
}
