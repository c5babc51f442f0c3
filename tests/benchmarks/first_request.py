"""From confirm to the first request on the wire, by the default broker and by Redis."""

import statistics
import time

from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import REDIS, working

MOST = {"the default broker": ("", 1.5), "Redis": (REDIS, 0.3)}
JOBS = 20
PAUSE = 0.37  # no multiple of what anything here waits


def measure(remote, quick):
    for name, (url, most) in MOST.items():
        times = once_more(remote, url, 3 if quick else 7)
        yield Figure(
            f"Confirm to first request on the wire, {name}, median of {len(times)}",
            f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})",
            "",
            f"≤ {most} s",
            statistics.median(times) <= most,
            "Between confirm and first request a message goes through the broker, and a claim "
            "is committed.",
        )


def once_more(remote, broker, repeats):
    times = []
    with working(remote, "SQLite", remote.play(0), CELERY_BROKER_URL=broker) as panel:
        for _ in range(repeats):
            panel.know(remote.play(JOBS))
            time.sleep(PAUSE)
            told = panel.cancel_running(remote, JOBS)
            times.append(remote.first_cancel_at() - told["confirmed_at"])
            # What still runs when the next world begins, that world would not know.
            panel.do("finish", told["batch"])
    return times


if __name__ == "__main__":
    run(measure)
