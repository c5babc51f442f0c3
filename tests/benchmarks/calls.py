"""How many calls the remote gets for each cancelled job, pre-check and confirmation included."""

from tests.benchmarks.bulk_cancel import LATENCY
from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import working

MOST = 1.15


def measure(remote, quick):
    count = 2000 if quick else 10_000
    with working(remote, "SQLite", remote.play(count, LATENCY)) as panel:
        begun = panel.cancel_running(remote, count)
        ended = panel.do("finish", begun["batch"])
        calls = remote.calls()  # since the worker was started
        remote.check_cancels(count)  # also after the looks
    per_job = sum(calls.values()) / count
    # Cancels are as many as there are jobs; the list is read for as long as it takes.
    seconds = ended["ended_at"] - begun["confirmed_at"]
    told = ", ".join(f"{number:,} {name}" for name, number in sorted(calls.items()))
    yield Figure(
        f"Calls for each cancelled job, {count:,} jobs, 100 ms latency, to the last one confirmed",
        f"{per_job:.3f} in {seconds:.0f} s ({told})",
        "the documentation's script: 2, and it confirms nothing",
        f"≤ {MOST}",
        per_job <= MOST,
    )


if __name__ == "__main__":
    run(measure)
