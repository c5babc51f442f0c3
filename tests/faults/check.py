"""Checks the invariants in a process with the settings of the panel that is looked at."""

import json
from pathlib import Path
from types import SimpleNamespace

from mediajobs.simulator.journal import Entry
from tests.invariants import Limits, check_invariants


def check(file):
    """Check by what a drill has written down: journal, jobs, limits, secrets, logs."""
    facts = json.loads(Path(file).read_text())
    world = SimpleNamespace(
        journal=[Entry(*entry) for entry in facts["journal"]],
        jobs={job_id: SimpleNamespace(status=word) for job_id, word in facts["jobs"].items()},
    )
    limits = Limits(**facts["limits"])
    check_invariants(world, limits=limits, secrets=facts["secrets"], logs=facts["logs"])
