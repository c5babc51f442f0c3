"""Finding ten thousand jobs beside fetching their pages alone, and reading them again unchanged."""

import statistics

from tests.benchmarks import peers
from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import DATABASES, panel

LATENCY = 0.05
MOST_OF_PAGES = 1.15
MOST_CALLS = 105
MOST_OWN_SECONDS = 1.0
MOST_MEMORY = 1.2
FEW = 2000
PAGE = 100  # jobs
REPEATS = 3
WHERE = (
    "While one page of the list is stored the next is fetched, so that discovery takes the time "
    "of the wire; a sweep that finds nothing new writes nothing, and the panel's own time in it "
    "goes into reading the rows and comparing them."
)


def measure(remote, quick):
    jobs, many = (2000, 20_000) if quick else (10_000, 200_000)
    for database in DATABASES:
        yield from discovery(remote, database, jobs)
        yield unchanged(remote, database, jobs)
    yield memory(remote, many)


def discovery(remote, database, count):
    remote.play(count, LATENCY)
    pages = statistics.median(peers.list_pages(remote, count) for _ in range(REPEATS))
    times = [find_all(remote, database, count) for _ in range(REPEATS)]
    seconds = statistics.median(seconds for seconds, _ in times)
    calls = max(calls for _, calls in times)
    name = f"{count:,} jobs discovered, 50 ms latency, {database}"
    yield Figure(
        f"{name}, median of {REPEATS}",
        f"{seconds:.1f} s = {seconds / pages:.2f} × the pages",
        f"the pages alone {pages:.1f} s",
        f"≤ {MOST_OF_PAGES} ×",
        seconds <= MOST_OF_PAGES * pages,
        WHERE,
    )
    most = MOST_CALLS * count // 10_000
    yield Figure("… calls to the remote", f"{calls}", "", f"≤ {most}", calls <= most)


def find_all(remote, database, count):
    remote.play(count, LATENCY)
    with panel(remote, database) as made:
        found = made.do("discover")
    assert found["jobs"] == count, found
    return found["seconds"], sum(remote.calls().values())


def unchanged(remote, database, count):
    """Measure a sweep of active jobs beside fetching the same pages."""
    remote.play(count, is_still=True)
    pages = peers.list_pages(remote, count, status="Running")
    with panel(remote, database) as made:
        made.do("discover")
        swept = sweep(remote, made, count)
    own = swept["seconds"] - pages
    written = sum(swept["writes"])
    return Figure(
        f"{count:,} active jobs read again unchanged, {database}",
        f"{own:.2f} s of our own, {written} rows written",
        f"the pages alone {pages:.2f} s",
        f"≤ {MOST_OWN_SECONDS:g} s, 0 rows",
        own <= MOST_OWN_SECONDS and not written,
    )


def memory(remote, many):
    small, large = (peak(remote, count) for count in (FEW, many))
    return Figure(
        f"Peak memory, {many:,} jobs discovered and swept",
        f"{large:,.0f} MB = {large / small:.2f} × that of {FEW:,}",
        f"{small:,.0f} MB with {FEW:,}",
        f"≤ {MOST_MEMORY} ×",
        large <= MOST_MEMORY * small,
    )


def peak(remote, count):
    remote.play(count)
    with panel(remote, "SQLite") as made:
        found = made.do("discover")
        swept = sweep(remote, made, count)
    assert found["jobs"] == count, found
    return max(found["peak"], swept["peak"])


def sweep(remote, made, count):
    """Have all jobs read twice; fail unless each page was: one that fails only says so in a log."""
    before = remote.calls()["list"]
    swept = made.do("sweep")
    pages = remote.calls()["list"] - before
    assert pages >= 2 * count / PAGE, f"{pages:,} pages were read, of {count:,} jobs twice."
    return swept


if __name__ == "__main__":
    run(measure)
