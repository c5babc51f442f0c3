"""What sealing costs those who write, how late it comes, and how fast the trail is verified."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import DATABASES, panel

WRITERS = 8
MOST_COST = {"SQLite": 0.20, "PostgreSQL": 0.05}
#: One pair differs from the next by some hundredths: little of SQLite's limit, all of the other's.
PAIRS = {"SQLite": 3, "PostgreSQL": 7}
MOST_LAG = 5.0
LEAST_RATE = {"SQLite": 100_000, "PostgreSQL": 40_000}
MOST_EXPORT_SECONDS = 60.0  # for a million
MOST_MEMORY = 1.2
FEW = 5000
FILLED = 20_000  # and analyzed, as PostgreSQL does by itself after a minute
SETTLE = 15.0  # seconds, until all processes have started
WHERE = (
    "A sealer takes the database's lock for writing once for up to 16,000 events, and works on a "
    "trail of 20,000 that PostgreSQL has statistics of: of every 100 µs of a processor that an "
    "event costs there, sealing takes 2 for reading it and hashing, 2 for inserting its link and "
    "two index entries. Verifying hashes each event and each link in one process, while the "
    "database compares columns and text; the events are those of finished cancellations and are "
    "compared with their rows, too."
)


def measure(remote, quick):
    count, seconds = (50_000, 5) if quick else (1_000_000, 10)
    for database in DATABASES:
        yield from sealing(remote, database, 2 if quick else PAIRS[database], seconds)
        yield from reading(remote, database, count)


def sealing(remote, database, pairs, seconds):
    """Let writers write in turn without a sealer and with one, on a database of its own each."""
    costs, lags, rates = [], [], []
    for _ in range(pairs):
        alone, _ = together(remote, database, seconds, sealers=0)
        beside, late = together(remote, database, seconds, sealers=1)
        costs.append(1 - beside / alone)
        rates.append(alone / seconds)
        lags += late
    cost = statistics.median(costs)
    yield Figure(
        f"Events of {WRITERS} writers with a sealer, {database}, median of {pairs} pairs",
        f"{-100 * cost:+.1f} %",
        f"without one {statistics.median(rates):,.0f}/s",
        f"≥ -{100 * MOST_COST[database]:g} %",
        cost <= MOST_COST[database],
        WHERE,
    )
    lag = sorted(lags)[int(0.99 * len(lags))]
    yield Figure(
        "… time to the seal, p99", f"{lag:.1f} s", "", f"≤ {MOST_LAG:g} s", lag <= MOST_LAG
    )


def together(remote, database, seconds, *, sealers):
    """Return how many events were written, and how late each was sealed."""
    with panel(remote, database) as made, ThreadPoolExecutor(WRITERS + 1) as pool:
        do = partial(made.do, module="tests.benchmarks.trail")
        do("fill", FILLED)
        starts_at = time.time() + SETTLE
        writers = [pool.submit(do, "write", starts_at, seconds) for _ in range(WRITERS)]
        sealing = [pool.submit(do, "seal", starts_at, seconds) for _ in range(sealers)]
        count = sum(writer.result()["count"] for writer in writers)
        return count, [lag for sealer in sealing for lag in sealer.result()["lags"]]


def reading(remote, database, count):
    with panel(remote, database) as made:
        do = partial(made.do, module="tests.benchmarks.trail")
        do("fill", FEW)
        small = do("verify")
        do("fill", count - FEW, timeout=3600)
        large = do("verify", timeout=3600)
        written = do("export", timeout=3600)
    rate = large["count"] / large["seconds"]
    least = LEAST_RATE[database]
    yield Figure(
        f"{count:,} events verified, {database}",
        f"{rate:,.0f}/s",
        "",
        f"≥ {least:,}/s",
        rate >= least,
    )
    yield memory("… peak memory", large, small)
    most = MOST_EXPORT_SECONDS * count / 1_000_000
    yield Figure(
        "… exported",
        f"{written['seconds']:.1f} s, {written['size'] / 1e6:,.0f} MB",
        "",
        f"≤ {most:g} s",
        written["seconds"] <= most,
    )
    yield memory("… peak memory", written, small)


def memory(name, large, small):
    times = large["peak"] / small["peak"]
    return Figure(
        name,
        f"{large['peak']:,.0f} MB = {times:.2f} × that of verifying {FEW:,}",
        "",
        f"≤ {MOST_MEMORY} ×",
        times <= MOST_MEMORY,
    )


if __name__ == "__main__":
    run(measure)
