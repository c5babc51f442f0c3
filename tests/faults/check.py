"""Checks the invariants in a process with the settings of the panel that is looked at."""

import json
from pathlib import Path
from types import SimpleNamespace

from django.db import connection, transaction

from mediajobs.simulator.journal import Entry
from tests.invariants import Limits, check_invariants, check_no_secret_is_kept


def check(file):
    """Check by what a drill has written down: journal, jobs, limits, secrets, logs."""
    facts = json.loads(Path(file).read_text())
    world = SimpleNamespace(
        journal=[Entry(*entry) for entry in facts["journal"]],
        jobs={job_id: SimpleNamespace(status=word) for job_id, word in facts["jobs"].items()},
    )
    limits = Limits(**facts["limits"])
    with transaction.atomic():
        see_one_moment()
        check_invariants(world, limits=limits)
    check_no_secret_is_kept(facts["secrets"], facts["logs"])


def see_one_moment():
    """Let the whole transaction see one moment, whatever is written meanwhile."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
