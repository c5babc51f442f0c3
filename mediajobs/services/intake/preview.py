"""What an intake would do, found out before anything is stored."""

from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from mediajobs.models import Job
from mediajobs.services.intake.first_lines import FirstLines
from mediajobs.services.intake.lines import read_lines
from mediajobs.services.intake.packed import Packed
from mediajobs.services.intake.rows import GIVEN, Malformed, Row, read_rows
from mediajobs.services.intake.words import compare

#: So many of the lines that need attention are listed; the others are counted.
MOST_LISTED = 100
GROUP = 500


@dataclass(slots=True)
class Problems:
    """Lines with something to say: all are counted, the first ones listed."""

    count: int = 0
    listed: list[Malformed] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        self.count += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(Malformed(line, reason))

    @property
    def unlisted_count(self) -> int:
        return self.count - len(self.listed)


@dataclass(slots=True)
class Preview:
    """The rows that would change something, and what would become of all the others.

    `named` are of known jobs and say what nobody said of them so far.
    """

    new: Packed = field(default_factory=Packed)
    named: Packed = field(default_factory=Packed)
    known_count: int = 0
    elsewhere: Problems = field(default_factory=Problems)
    otherwise: Problems = field(default_factory=Problems)
    repeated: Problems = field(default_factory=Problems)
    malformed: Problems = field(default_factory=Problems)

    @property
    def line_count(self) -> int:
        known_count = len(self.named) + self.known_count
        return len(self.new) + known_count + self.repeated.count + self.malformed.count

    def pack(self) -> bytes:
        """Give the new rows and the named ones as bytes for `unpack`."""
        return self.new.pack() + self.named.pack()


def preview(stream: BinaryIO, *, default_path: str) -> Preview:
    """Sort the lines into new, known, repeated and malformed.

    `elsewhere` are those of the known ones that are here as jobs of another API, `otherwise`
    those of which the panel says something else. Stores nothing. Raises ValidationError where
    the bytes are not text.
    """
    found = Preview()
    rows = read_rows(read_lines(stream), default_path=default_path)
    with closing(FirstLines()) as first_lines:
        while group := list(islice(rows, GROUP)):
            sort(group, found, first_lines)
    return found


def sort(group: list[Row | Malformed], found: Preview, first_lines: FirstLines) -> None:
    first_line = first_lines.note(row for row in group if isinstance(row, Row))
    rows = Job.objects.filter(remote_id__in=first_line).values_list(*GIVEN, named=True)
    known = {row.remote_id: row for row in rows}
    for row in group:
        if isinstance(row, Malformed):
            found.malformed.add(row.line, row.reason)
        elif first_line[row.remote_id] != row.line:
            reason = f"“{row.remote_id}” is on line {first_line[row.remote_id]} already."
            found.repeated.add(row.line, reason)
        else:
            sort_row(row, found, known.get(row.remote_id))


def sort_row(row: Row, found: Preview, known: Any) -> None:
    """Sort a row by what the panel has of its job: its words as GIVEN, or None."""
    if known is None:
        found.new.add(row)
        return
    what = compare(row, known)
    if what.filled:
        found.named.add(row)
    else:
        found.known_count += 1
    if "path" in what.kept:
        reason = f"“{row.remote_id}” is here as a job of {known.path}, and stays so."
        found.elsewhere.add(row.line, reason)
    if words := [name for name in what.kept if name != "path"]:
        reason = f"“{row.remote_id}” has another {', another '.join(words)} here, and keeps it."
        found.otherwise.add(row.line, reason)
