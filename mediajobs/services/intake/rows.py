"""From lines to rows: one id a line, or CSV with or without a header."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from django.core.exceptions import ValidationError

from mediajobs.models import Job
from mediajobs.models.job import validate_link, validate_media_path, validate_remote_id
from mediajobs.services.intake.lines import LINE_LENGTH

COLUMNS = ("job_id", "path", "label", "note", "owner", "link")
OTHER_NAMES = {"id": "job_id", "job id": "job_id", "api": "path"}
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A job to record, as line `line` names it."""

    line: int
    remote_id: str
    path: str
    label: str
    note: str
    owner: str = ""
    link: str = ""


#: What a row says of its job, named as the columns of jobs.
GIVEN = tuple(field.name for field in fields(Row) if field.name != "line")


def given(row: Row) -> dict[str, str]:
    """Name what a row says of its job."""
    return {name: getattr(row, name) for name in GIVEN}


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that cannot be taken, and why."""

    line: int
    reason: str


def read_rows(
    lines: Iterable[str], *, default_path: str, default_label: str = ""
) -> Iterator[Row | Malformed]:
    """Read each line by itself; empty ones are passed over.

    The first line with anything on it says what parts the columns (comma, semicolon or tab)
    and may be a header; without one the columns are job_id, path, label, note,
    owner, link.
    """
    delimiter, columns = "", COLUMNS
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        is_first, delimiter = not delimiter, delimiter or delimiter_of(line)
        try:
            cells = split(line, delimiter)
            if is_first and (header := header_of(cells)):
                columns = header
                continue
            row = make_row(number, cells, columns, default_path, default_label)
        except ValidationError as error:
            yield Malformed(number, " ".join(error.messages))
        else:
            yield row


def delimiter_of(line: str) -> str:
    return next((mark for mark in line if mark in DELIMITERS), ",")


def split(line: str, delimiter: str) -> list[str]:
    """Take a line apart; raise ValidationError when that is not possible."""
    if len(line) > LINE_LENGTH:
        raise ValidationError(f"It is longer than {LINE_LENGTH:,} characters.")
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        raise ValidationError(
            "Its quotation marks do not match. A quoted text must end on the same line."
        ) from None
    return [cell.strip() for cell in cells]


def header_of(cells: list[str]) -> tuple[str, ...]:
    """Name the columns if this is a header, else ()."""
    names = [cell.lower() for cell in cells]
    names = [OTHER_NAMES.get(name, name) for name in names]
    return tuple(names) if "job_id" in names else ()


def make_row(number: int, cells: list[str], columns: tuple[str, ...], path: str, label: str) -> Row:
    """Check the cells of a line; raise ValidationError for the first that will not do."""
    if len(cells) > len(columns):
        raise ValidationError(
            f"It has {len(cells)} columns; there are {len(columns)}: {', '.join(columns)}."
        )
    values = dict(zip(columns, cells, strict=False))
    row = Row(
        number,
        values.get("job_id", ""),
        values.get("path") or path,
        values.get("label") or label,
        values.get("note", ""),
        values.get("owner", ""),
        values.get("link", ""),
    )
    check(row)
    return row


def check(row: Row) -> None:
    """Raise ValidationError unless the row could be a job."""
    if not row.remote_id:
        raise ValidationError("It has no job id.")
    validate_remote_id(row.remote_id)
    validate_media_path(row.path)
    for name in ("label", "note", "owner", "link"):
        length, most = len(getattr(row, name)), Job._meta.get_field(name).max_length
        if length > most:
            raise ValidationError(f"Its {name} has {length:,} characters; the most is {most:,}.")
    if row.link:
        validate_link(row.link)
