"""Where each id of an intake came first: on disk, so that memory does not grow with the rows."""

import sqlite3
from collections.abc import Iterable

from mediajobs.services.intake.rows import Row


class FirstLines:
    """Ids and their first lines, in a file without a name that goes away when this is closed."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("")
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE first (remote_id PRIMARY KEY, line) WITHOUT ROWID")

    def note(self, rows: Iterable[Row]) -> dict[str, int]:
        """Take rows in, in their order; return on which line the id of each came first."""
        named = [(row.remote_id, row.line) for row in rows]
        self._file.executemany("INSERT OR IGNORE INTO first VALUES (?, ?)", named)
        marks = ", ".join("?" * len(named))
        return dict(
            self._file.execute(
                f"SELECT remote_id, line FROM first WHERE remote_id IN ({marks})",  # noqa: S608 -- marks alone
                [remote_id for remote_id, _ in named],
            )
        )

    def close(self) -> None:
        self._file.close()
