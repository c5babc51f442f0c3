"""Somebody else holds SQLite's lock for 25 seconds; collected on SQLite alone."""

import sqlite3
import time
from contextlib import closing

import pytest

pytestmark = pytest.mark.drill

SECONDS = 25


def test_a_lock_that_is_held_for_long_is_waited_for(start):
    drill = start(300, CANCEL_LEASE_SECONDS="60", MEDIA_API_MAX_PER_SECOND="60")
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(60)
        with closing(sqlite3.connect(drill.file, timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(SECONDS)
            other.execute("ROLLBACK")
        drill.wait_for_state("finished", 90)
        drill.check_invariants()
    assert len(drill.remote.sent()) == 270
    assert drill.states() == {"cancelled": 270}
    assert "database is locked" not in drill.log()
