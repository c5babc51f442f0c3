"""Handing the trail, or a part of it, to a person: recorded before the first byte leaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import TextChoices
from django.utils import timezone

from mediajobs.models import AuditKind
from mediajobs.services.audit.export import json_lines
from mediajobs.services.audit.extract import Extract, extract_of
from mediajobs.services.audit.record import Actor, record
from mediajobs.services.audit.selection import Selection
from mediajobs.services.audit.table import table

#: So many lines are sent at once.
TOGETHER = 500


class ExportFormat(TextChoices):
    CSV = "csv", "CSV"
    JSON_LINES = "jsonl", "JSON Lines"


WRITERS: dict[ExportFormat, Callable[[Extract], Iterator[str]]] = {
    ExportFormat.CSV: table,
    ExportFormat.JSON_LINES: json_lines,
}


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A file on its way; its name says how many events are in it."""

    name: str
    pieces: Iterator[str]


def hand_out(selection: Selection, form: ExportFormat, *, by: Actor) -> HandedOut:
    """Record that somebody takes these events with them, and give them in pieces.

    It is on record also if it is broken off. What is not sealed yet, a matter of seconds, is not
    in it.
    """
    extract = extract_of(selection)
    count = extract.event_count
    what = selection.words or "all events"
    record(
        AuditKind.TRAIL_EXPORTED,
        by,
        detail=f"{count:,} events up to link {extract.last_seq:,} as {form.label}: {what}.",
    )
    name = f"trail-{timezone.now():%Y%m%d-%H%M%S}-{count}-events.{form.value}"
    return HandedOut(name, together(WRITERS[form](extract)))


def together(lines: Iterator[str]) -> Iterator[str]:
    while piece := "".join(islice(lines, TOGETHER)):
        yield piece
