"""Asking again: one page that fails in passing must not cost a walk of a thousand pages."""

import time
from collections.abc import Callable
from typing import TypeVar

from mediajobs.remote.errors import NotSent, Throttled, Unclear

Found = TypeVar("Found")

#: Seconds before each further try, unless the failure itself says how long.
WAITS = (0.5, 1.0)
#: No try begins later: who walks a list holds it by a lease of a minute.
PATIENCE = 20.0


def ask_patiently(ask: Callable[[], Found], sleep: Callable[[float], None]) -> Found:
    """Read, and a few times again when that fails for a reason that may pass."""
    ends_at = time.monotonic() + PATIENCE
    for seconds in WAITS:
        try:
            return ask()
        except (NotSent, Throttled, Unclear) as error:
            wait = error.retry_after or seconds
            if time.monotonic() + wait > ends_at:
                raise
        sleep(wait)
    return ask()
