"""How many calls the remote gets for each cancelled job, pre-check and confirmation included."""

from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import working

MOST = 1.15


def measure(remote, quick):
    count = 2000 if quick else 10_000
    with working(remote, "SQLite", remote.play(count)) as panel:
        batch = panel.cancel_running(remote, count)["batch"]
        panel.do("finish", batch)
        calls = remote.calls()
        remote.check_cancels(count)  # also after the looks
    per_job = sum(calls.values()) / count
    told = ", ".join(f"{number:,} {name}" for name, number in sorted(calls.items()))
    yield Figure(
        f"Calls for each cancelled job, {count:,} jobs to the last one confirmed",
        f"{per_job:.3f} ({told})",
        "the documentation's script: 2, and it confirms nothing",
        f"≤ {MOST}",
        per_job <= MOST,
    )


if __name__ == "__main__":
    run(measure)
