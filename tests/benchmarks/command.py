"""The one way in which every benchmark is run: python -m tests.benchmarks.NAME [--quick]."""

import argparse

from tests.benchmarks.figures import show
from tests.benchmarks.remote import Remote


def is_quick():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer jobs and repeats")
    return parser.parse_args().quick


def run(measure):
    quick = is_quick()
    with Remote() as remote:
        show(list(measure(remote, quick)))
