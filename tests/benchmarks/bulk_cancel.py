"""Ten thousand running jobs, from confirm to the last answer recorded, beside those who record
nothing; and without latency, how many jobs a second the panel itself manages."""

import statistics

from tests.benchmarks import official, peers
from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import DATABASES, working

LATENCY = 0.1
SLOW_JOBS = 50
MOST_OF_CURL = {"SQLite": 1.10, "PostgreSQL": 1.15}
LEAST_A_SECOND = {"SQLite": 400, "PostgreSQL": 300}
WHERE = (
    "With latency the time is that of the wire: 32 requests under way, each a tenth of a second. "
    "Without, the worker's one processor is the limit: a quarter of its time (PostgreSQL) to two "
    "fifths (SQLite) goes into claiming and writing the answers, a fifth to a quarter into HTTP, "
    "a seventh to a fifth into looking at the jobs afterwards, the rest into the sweeps of the job "
    "list and Celery."
)


def measure(remote, quick):
    jobs, repeats = (2000, 1) if quick else (10_000, 3)
    curl = statistics.median(by_curl(remote, jobs, LATENCY) for _ in range(repeats))
    yield from (beside_curl(remote, database, jobs, curl, repeats) for database in DATABASES)
    yield Figure(
        f"… as the documentation's script does, from {SLOW_JOBS} jobs",
        f"{by_script(remote) * jobs / SLOW_JOBS:,.0f} s",
        f"curl {curl:.1f} s",
    )
    yield official.figure(remote, jobs, LATENCY, curl)
    for database in DATABASES:
        yield without_latency(remote, database, jobs)


def by_curl(remote, count, latency):
    return peers.curl(remote, remote.play(count, latency))


def by_script(remote):
    return peers.documented_script(remote, remote.play(SLOW_JOBS, LATENCY))


def by_panel(remote, database, count, latency):
    jobs = remote.play(count, latency)
    with working(remote, database, jobs) as panel:
        return panel.cancel_running(remote, count)["seconds"]


def beside_curl(remote, database, count, curl, repeats):
    seconds = statistics.median(by_panel(remote, database, count, LATENCY) for _ in range(repeats))
    most = MOST_OF_CURL[database]
    return Figure(
        f"{count:,} cancels, 100 ms latency, 32 in flight, {database}",
        f"{seconds:.1f} s = {seconds / curl:.2f} × curl",
        f"curl -Z {curl:.1f} s, records nothing",
        f"≤ {most:.2f} ×",
        seconds <= most * curl,
        WHERE,
    )


def without_latency(remote, database, count):
    rate = count / by_panel(remote, database, count, 0.0)
    curl = count / by_curl(remote, count, 0.0)
    least = LEAST_A_SECOND[database]
    return Figure(
        f"… without latency, every event written, {database}",
        f"{rate:,.0f} jobs/s",
        f"curl {curl:,.0f}/s",
        f"≥ {least}/s",
        rate >= least,
    )


if __name__ == "__main__":
    run(measure)
