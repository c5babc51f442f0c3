"""The trail as CSV for spreadsheets: a line an event, and no cell that would be a formula."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mediajobs.log_lines import escaped
from mediajobs.models import AuditEvent
from mediajobs.models.append_only import written
from mediajobs.services.audit.extract import Extract

COLUMNS = ("id", "at", *AuditEvent.FACTS, "digest")
#: Spreadsheets take UTF-8 for what it is when it begins so.
MARK = "\ufeff"
#: What makes a formula of a cell, also behind quotes and spaces, also wide, small or as a sign.
FORMULA = "[\"' ]*[=+\\-@＝＋－＠﹦﹢﹣﹫−]"
FORMULA_AT_START = re.compile(FORMULA)
#: Where a spreadsheet that expects semicolons would begin another cell.
BEFORE_FORMULA = re.compile(f"[;,](?={FORMULA})")


def table(extract: Extract) -> Iterator[str]:
    """Give the lines: the names, each event, and a last one that counts them."""
    as_line = line_writer()
    yield MARK + as_line(["link", *COLUMNS])
    for seq, _, key, at, *facts in extract.rows(*COLUMNS):
        yield harmless_line([seq, key, written(at), *facts], as_line)
    words = f"End of the export: {extract.event_count} events. Without this line it was cut off."
    selected = f"Selected: {extract.selection.words}." if extract.selection.words else "All events."
    yield as_line([f"{words} {inert(selected)}"])


def line_writer() -> Callable[[Iterable[Any]], str]:
    """Make what gives a row of cells as a line; exports that shared one would mix their rows."""
    return csv.writer(Line()).writerow


def harmless_line(cells: list[Any], as_line: Callable[[Iterable[Any]], str]) -> str:
    """Write a row that begins with a number; most lines show as a whole that they are harmless."""
    line = as_line(cells)
    if line.removesuffix("\r\n").isprintable() and not BEFORE_FORMULA.search(line):
        return line
    return as_line(map(inert, cells))


def inert(value: Any) -> Any:
    """Make text harmless: a quote before what would be a formula, control characters spelt out."""
    if not value or not isinstance(value, str):
        return value
    text = escaped(value)
    if BEFORE_FORMULA.search(text):
        text = BEFORE_FORMULA.sub(r"\g<0>'", text)
    return f"'{text}" if FORMULA_AT_START.match(text) else text


class Line:
    """Gives back what is written to it, as the writer of a row then does."""

    def write(self, line: str) -> str:
        return line
