"""The hashes of a cancellation: of its jobs, as draft and confirmation have it on record, and of
all outcomes, as its end has.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

HASH = re.compile("SHA-256: ([0-9a-f]{64})$")


def jobs_digest(remote_ids: Iterable[str]) -> str:
    """Hash which jobs were chosen, a line each, in the order of attempts."""
    digest = sha256()
    for remote_id in remote_ids:
        digest.update(job_line(remote_id))
    return digest.hexdigest()


def outcome_digest(outcomes: Iterable[tuple[str, str]]) -> str:
    """Hash what came of each job, a line "job id, blank, state" each, in the order of attempts."""
    digest = sha256()
    for remote_id, state in outcomes:
        digest.update(outcome_line(remote_id, state))
    return digest.hexdigest()


def job_line(remote_id: str) -> bytes:
    return f"{in_one_line(remote_id)}\n".encode()


def outcome_line(remote_id: str, state: str) -> bytes:
    return f"{in_one_line(remote_id)} {state}\n".encode()


def in_one_line(remote_id: str) -> str:
    """Let no id look like several: none has a line feed, unless somebody put it into the row."""
    return remote_id.replace("\n", "\\n")


def hash_at_end(detail: str) -> str:
    """Find the hash in what an event says; "" where there is none, as before there were any."""
    found = HASH.search(detail)
    return found[1] if found else ""
