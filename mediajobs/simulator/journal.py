"""What reached the world: a line for every request, for tests and drills to look at."""

from collections import Counter
from typing import NamedTuple

MOST_ENTRIES = 200_000


class Entry(NamedTuple):
    at: float
    method: str
    path: str
    job_id: str
    status: int  # as decided; 0 when the connection was dropped before anything was done
    fault: str


class Journal(list[Entry]):
    """A plain list of entries, the older half of which is dropped when it has become very long."""

    def __init__(self) -> None:
        super().__init__()
        self.cancels: Counter[str] = Counter()

    def note(self, entry: Entry, *, is_cancel: bool) -> None:
        if is_cancel:
            self.cancels[entry.job_id] += 1
        if len(self) >= MOST_ENTRIES:
            del self[: MOST_ENTRIES // 2]
        self.append(entry)
