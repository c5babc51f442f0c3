"""Walking the chain: every link, the event that it seals, and when that says it happened."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from django.db import connection
from django.db.models import CharField, DateTimeField, Field, TextField

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.models.audit import digested
from mediajobs.models.link import NO_CHAIN, chained
from mediajobs.services.audit.report import Problem, Report, tampered, unchecked
from mediajobs.services.audit.snapshot import PAGE, pages

#: An event is recorded, committed and sealed within this of the moment that it names, whatever
#: the clocks of several machines say.
LATE = timedelta(minutes=10)


def wrong_links(report: Report, since: int) -> Iterator[Problem]:
    """Walk from the link `since`, without it from the oldest; end at the first that is wrong."""
    newest = AuditCheckpoint.objects.first()
    pruned_seq = newest.pruned_seq if newest else 0
    if AuditLink.objects.filter(seq__lte=pruned_seq).exists():
        yield tampered(f"There are links up to {pruned_seq}, which were removed.")
        return
    seq = max(since, pruned_seq)
    chain = chain_at(seq, pruned_seq)
    if chain is None:
        yield unchecked(f"There is no link {seq} to begin at.")
        return
    yield from walk(report, seq, chain)


def chain_at(seq: int, pruned_seq: int) -> str | None:
    """Give the chain at a link; what was removed ends at a checkpoint, which is still there."""
    if not seq:
        return NO_CHAIN
    rows = AuditCheckpoint if seq == pruned_seq else AuditLink
    return rows.objects.filter(seq=seq).values_list("chain", flat=True).first()


def walk(report: Report, seq: int, chain: str) -> Iterator[Problem]:
    limits = time_limits()
    limit_seq, earliest = next(limits)
    limit = earliest
    for rows in pages(query(), seq):
        for row in rows:
            link_seq, event_id, link_chain, digest, body, at, is_same = row
            while limit_seq < link_seq:
                earliest = max(earliest, limit)
                limit_seq, limit = next(limits)
            expected = chained(chain, link_seq, event_id, digest)
            is_linked = link_seq == seq + 1 and link_chain == expected
            is_whole = digest == digested(body) and (is_same or not other_columns(event_id))
            if not (is_linked and is_whole and at >= earliest):
                yield tampered(what_is_wrong(row, seq, expected))
                return
            seq, chain = link_seq, link_chain
            report.event_count += 1
    report.last_seq, report.chain = seq, chain


def time_limits() -> Iterator[tuple[float, Any]]:
    """Give each checkpoint's link and, as the database writes it, the earliest time after it."""
    yield 0, written(datetime(1, 1, 1, tzinfo=UTC))
    rows = AuditCheckpoint.objects.order_by("number").values_list("seq", "at")
    for seq, at in rows.iterator(chunk_size=PAGE):
        yield seq, written(at - LATE)
    yield inf, None


def written(at: datetime) -> Any:
    """Write a time as the database gives it; PostgreSQL without a zone, which it reads faster."""
    plain = at.astimezone(UTC).replace(tzinfo=None)
    return str(plain) if connection.vendor == "sqlite" else plain


def what_is_wrong(row: tuple[Any, ...], seq: int, expected: str) -> str:
    """Say of a row that is not sound what it is, the plainest first."""
    link_seq, event_id, link_chain, digest, body, _, _ = row
    name = f"Event {event_id} (link {link_seq})"
    if link_seq != seq + 1:
        return f"After link {seq} comes link {link_seq}: {link_seq - seq - 1} are missing."
    if digest is None:
        return f"{name} is gone."
    if digest != digested(body):
        return f"{name}: its sealed text does not match its digest."
    if others := other_columns(event_id):
        return f"{name}: {', '.join(others)} not as in its sealed text."
    if link_chain != expected:
        return f"{name}: the chain does not follow from link {seq}."
    return f"{name} is dated before a checkpoint that was made when it was not there."


def other_columns(event_id: int) -> list[str]:
    """Name the columns that say something else than the sealed text."""
    event = AuditEvent.objects.get(pk=event_id)
    if event.body == event.canonical_body():
        return []
    sealed, columns = json.loads(event.body), json.loads(event.canonical_body())
    names = sorted(sealed.keys() | columns.keys())
    return [name for name in names if sealed.get(name) != columns.get(name)] or ["the spelling is"]


def query() -> str:
    """Read links with their events; the database compares columns and sealed text by itself.

    So a fifth of the data has to come over; what it finds different is looked at again here,
    lest its way of writing JSON should differ from ours.
    """
    at = "CAST(e.at AS TEXT)" if connection.vendor == "sqlite" else "e.at AT TIME ZONE 'UTC'"
    return (
        f"SELECT l.seq, l.event_id, l.chain, e.digest, e.body, {at}, e.body = {columns_as_json()} "  # noqa: S608 -- names of our own
        "FROM mediajobs_auditlink l LEFT JOIN mediajobs_auditevent e ON e.id = l.event_id "
        "WHERE l.seq > %s ORDER BY l.seq LIMIT %s"
    )


def columns_as_json() -> str:
    fields = [AuditEvent._meta.get_field(name) for name in sorted((*AuditEvent.FACTS, "at"))]
    if connection.vendor == "sqlite":
        pairs = (f"'{field.name}', {on_sqlite(field)}" for field in fields)
        return f"json_object({', '.join(pairs)})"
    pairs = (f"'\"{field.name}\":' || {on_postgresql(field)}" for field in fields)
    return "'{' || " + " || ',' || ".join(pairs) + " || '}'"


def on_sqlite(field: Field) -> str:
    if not isinstance(field, DateTimeField):
        return f"e.{field.column}"
    fraction = "substr(substr(e.at, 21) || '000000', 1, 6)"
    return f"substr(e.at, 1, 10) || 'T' || substr(e.at, 12, 8) || '.' || {fraction} || '+00:00'"


def on_postgresql(field: Field) -> str:
    if isinstance(field, DateTimeField):
        text = "to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
        return f"'\"' || {text} || '+00:00\"'"
    if isinstance(field, CharField | TextField):
        return f"to_json(e.{field.column})::text"
    return f"COALESCE(e.{field.column}::text, 'null')"
