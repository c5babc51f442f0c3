"""Run every benchmark and write the table into the README: python -m tests.benchmarks."""

from tests.benchmarks import (
    audit,
    bulk_cancel,
    calls,
    discovery,
    first_request,
    intake,
    memory,
    preflight,
    reading,
    webhooks,
)
from tests.benchmarks.command import is_quick
from tests.benchmarks.figures import show, write
from tests.benchmarks.remote import Remote

BENCHMARKS = (
    *(bulk_cancel, calls, preflight, memory, first_request, discovery, intake, webhooks),
    *(audit, reading),
)

if __name__ == "__main__":
    quick = is_quick()
    figures = []
    with Remote() as remote:
        for benchmark in BENCHMARKS:
            figures += benchmark.measure(remote, quick)
            show(figures)
    if not quick:
        write(figures)
