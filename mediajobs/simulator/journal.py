"""What reached the world: a line for every request, for tests and drills to look at."""

import json
from collections import Counter
from typing import NamedTuple, TextIO

MOST_ENTRIES = 200_000


class Entry(NamedTuple):
    at: float
    method: str
    path: str
    job_id: str
    status: int  # as decided; 0 when the connection was dropped before anything was done
    fault: str
    delay: float = 0.0  # seconds from the request to its answer


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


class WrittenJournal(Journal):
    """Writes each entry into a file as well, a line of JSON that is there before the answer."""

    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file

    def note(self, entry: Entry, *, is_cancel: bool) -> None:
        super().note(entry, is_cancel=is_cancel)
        self._file.write(json.dumps(entry._asdict()) + "\n")
        self._file.flush()
