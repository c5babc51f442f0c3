"""Ready-made worlds: the one of the demo, and one in which everything can be cancelled."""

import time
from collections.abc import Callable

from .jobs import PENDING, RUNNING
from .population import any_path
from .world import World

NEWCOMER_SECONDS = 20.0
MOST_NEWCOMERS = 1000


def demo(seed: int = 1, count: int = 600, clock: Callable[[], float] = time.time) -> World:
    """Build a busy world of all paths and statuses that moves on by itself.

    More than half of its jobs never end by themselves: three hundred of six can be cancelled.
    """
    world = World(seed=seed, clock=clock)
    world.populate(count, active=0.66, lasting=0.85)
    world.grow(every=NEWCOMER_SECONDS, most=MOST_NEWCOMERS)
    return world


def active(count: int, seed: int = 1, clock: Callable[[], float] = time.time) -> World:
    """Build a world of jobs that wait (one in ten) or run, all of them without end."""
    world = World(seed=seed, clock=clock)
    for place in range(count):
        world.add_job(
            path=any_path(world.random),
            status=RUNNING if place % 10 else PENDING,
            submitted_ago=60.0 + count - place,
        )
    return world
