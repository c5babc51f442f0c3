"""Crowds of jobs by lot: what path, status, age and length a made-up job has."""

from collections.abc import Iterator
from math import exp, log
from random import Random

from .jobs import CANCELLED, FAILED, INTERNAL_ERROR, PATHS, PENDING, RUNNING, SUCCESS, Draft

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
PATH_WEIGHTS = (30, 20, 12, 8, 8, 10, 8, 4)
FINISHED_WEIGHTS = {SUCCESS: 68, FAILED: 18, CANCELLED: 11, INTERNAL_ERROR: 3}


def seeded(purpose: str, seed: int) -> Random:
    """Start a lot of its own for each purpose, so that more faults do not change the jobs."""
    return Random(f"{purpose} {seed}")  # noqa: S311 - it only plays, it keeps no secret


def crowd(random: Random, count: int, *, active: float, lasting: float) -> Iterator[Draft]:
    """Draft `count` jobs.

    `active` is the share that waits or runs, `lasting` the share of those that never end.
    """
    for place in range(count):
        if place < round(count * active):
            yield _active(random, lasting)
        else:
            yield _finished(random)


def newcomer(random: Random) -> Draft:
    """Draft a job that is submitted just now."""
    return Draft(
        path=any_path(random),
        status=PENDING,
        submitted_ago=0.0,
        seconds_left=between(random, 20.0, 2 * HOUR),
        ending=any_ending(random),
    )


def _active(random: Random, lasting: float) -> Draft:
    seconds_left = None if random.random() < lasting else between(random, 5.0, 6 * HOUR)
    return Draft(
        path=any_path(random),
        status=PENDING if random.random() < 0.2 else RUNNING,
        submitted_ago=between(random, 5.0, 12 * HOUR),
        seconds_left=seconds_left,
        ending=any_ending(random),
    )


def _finished(random: Random) -> Draft:
    status = random.choices(list(FINISHED_WEIGHTS), list(FINISHED_WEIGHTS.values()))[0]
    return Draft(
        path=any_path(random),
        status=status,
        submitted_ago=random.uniform(10 * MINUTE, 6 * DAY),
        seconds_left=None,
        ending=status,
    )


def any_path(random: Random) -> str:
    return random.choices(PATHS, PATH_WEIGHTS)[0]


def any_ending(random: Random) -> str:
    return FAILED if random.random() < 0.12 else SUCCESS


def between(random: Random, shortest: float, longest: float) -> float:
    """Draw a length so that seconds, minutes and hours are equally likely."""
    return exp(random.uniform(log(shortest), log(longest)))
