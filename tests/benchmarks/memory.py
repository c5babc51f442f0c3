"""The most memory that a worker takes over a batch of 100,000, against one of 1,000."""

from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import working
from tests.benchmarks.peaks import peak_of

MOST = 1.2
FEW = 1000
WHERE = (
    "A worker's memory rises early, by the pages and statements that SQLite's connections keep, "
    "one for each of its threads, and not in step with the batch."
)


def measure(remote, quick):
    many = 10_000 if quick else 100_000
    small, large = (peak(remote, count) for count in (FEW, many))
    yield Figure(
        f"Worker's peak memory over a batch of {many:,}",
        f"{large:,.0f} MB = {large / small:.2f} × that of {FEW:,}",
        f"{small:,.0f} MB over {FEW:,}",
        f"≤ {MOST} ×",
        large <= MOST * small,
        WHERE,
    )


def peak(remote, count):
    """Return the megabytes of a worker that has cancelled so many jobs."""
    with working(remote, "SQLite", remote.play(count)) as panel:
        batch = panel.cancel_running(remote, count)["batch"]
        panel.do("finish", batch)
        return peak_of(panel.worker.pid)


if __name__ == "__main__":
    run(measure)
