"""The hash of all outcomes of a cancellation, as its end has it on record."""

from collections.abc import Iterable
from hashlib import sha256


def outcome_digest(outcomes: Iterable[tuple[str, str]]) -> str:
    """Hash what came of each job, a line "job id, blank, state" each, in the order of attempts."""
    digest = sha256()
    for remote_id, state in outcomes:
        digest.update(f"{remote_id} {state}\n".encode())
    return digest.hexdigest()
