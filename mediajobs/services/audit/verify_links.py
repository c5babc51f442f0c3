"""Walking the chain: every link, the event that it seals, and when that says it happened."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from django.db import connection
from django.db.models import CharField, DateTimeField, Field, TextField
from django.utils import timezone

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.models.append_only import as_canonical
from mediajobs.models.audit import digested
from mediajobs.models.checkpoint import FIRST_NUMBER
from mediajobs.models.link import NO_CHAIN, chained
from mediajobs.services.audit.removed import newest_that_counts, pruned_seq
from mediajobs.services.audit.report import Problem, Report, tampered, unchecked
from mediajobs.services.audit.snapshot import PAGE, pages

#: An event is recorded, committed and sealed within this of the moment that it names, whatever
#: the clocks of several machines say.
LATE = timedelta(minutes=10)
#: And it is not sealed so long before it.
EARLY = timedelta(hours=1)


def wrong_links(report: Report, since: int) -> Iterator[Problem]:
    """Walk from the link `since`, without it from the oldest; end at the first that is wrong."""
    removed_seq = pruned_seq()
    if AuditLink.objects.filter(seq__lte=removed_seq).exists():
        yield tampered(f"There are links up to {removed_seq}, which were removed.")
        return
    seq = max(since, removed_seq)
    chain = chain_at(seq, removed_seq)
    if chain is None:
        yield unchecked(f"There is no link {seq} to begin at.")
        return
    yield from walk(report, seq, chain)
    yield from not_walked(report.last_seq - removed_seq)


def not_walked(link_count: int) -> Iterator[Problem]:
    """Find links that the walk has not come by: without a number, or with one that is there twice,
    as whoever takes away the keys of the table can have them.
    """
    count = AuditLink.objects.count()
    if count != link_count:
        yield tampered(f"There are {count:,} links, and {link_count:,} make up the chain.")


def chain_at(seq: int, removed_seq: int) -> str | None:
    """Give the chain at a link; what was removed ends at a checkpoint, which is still there."""
    if not seq:
        return NO_CHAIN
    rows = AuditCheckpoint if seq == removed_seq else AuditLink
    return rows.objects.filter(seq=seq).values_list("chain", flat=True).first()


def walk(report: Report, seq: int, chain: str) -> Iterator[Problem]:
    limits = time_limits()
    limit_seq, earliest, latest = next(limits)
    next_earliest = earliest
    for rows in pages(query(), seq):
        for row in rows:
            link_seq, event_id, link_chain, digest, body, at, is_same = row
            while limit_seq < link_seq:
                earliest = max(earliest, next_earliest)
                limit_seq, next_earliest, latest = next(limits)
            expected = chained(chain, link_seq, event_id, digest)
            is_linked = link_seq == seq + 1 and link_chain == expected
            is_whole = digest == digested(body) and (is_same or not other_columns(event_id, body))
            if not (is_linked and is_whole and earliest <= at <= latest):
                yield tampered(what_is_wrong(row, seq, expected, latest))
                return
            seq, chain = link_seq, link_chain
            report.event_count += 1
    report.last_seq, report.chain = seq, chain


def time_limits() -> Iterator[tuple[float, Any, Any]]:
    """Give each checkpoint's link, the earliest time after it and the latest up to it, as the
    query gives times.
    """
    yield 0, written(datetime(1, 1, 1, tzinfo=UTC)), None
    newest = newest_that_counts()
    sound = AuditCheckpoint.objects.filter(number__gte=FIRST_NUMBER)
    sound = sound.filter(number__lte=newest.number if newest else 0)
    rows = sound.order_by("number").values_list("seq", "at")
    for seq, at in rows.iterator(chunk_size=PAGE):
        yield seq, written(shifted(at, -LATE)), written(shifted(at, EARLY))
    yield inf, None, written(timezone.now() + EARLY)


def shifted(at: datetime, by: timedelta) -> datetime:
    """Add to a time, unless it is one of those at whose end time ends."""
    try:
        return at + by
    except OverflowError:
        return at


def written(at: datetime) -> Any:
    """Write a time as the query gives it: on PostgreSQL in seconds, which it reads faster and
    also where no time of Python's can be that late.
    """
    if connection.vendor == "sqlite":
        return str(at.astimezone(UTC).replace(tzinfo=None))
    return at.timestamp()


def what_is_wrong(row: tuple[Any, ...], seq: int, expected: str, latest: Any) -> str:
    """Say of a row that is not sound what it is, the plainest first."""
    link_seq, event_id, link_chain, digest, body, at, _ = row
    name = f"Event {event_id} (link {link_seq})"
    if link_seq != seq + 1:
        return f"After link {seq} comes link {link_seq}: {link_seq - seq - 1} are missing."
    if digest is None:
        return f"{name} is gone."
    if digest != digested(body):
        return f"{name}: its sealed text does not match its digest."
    if others := other_columns(event_id, body):
        return f"{name}: {', '.join(others)} not as in its sealed text."
    if link_chain != expected:
        return f"{name}: the chain does not follow from link {seq}."
    if at > latest:
        return f"{name} is dated more than an hour after it was sealed."
    return f"{name} is dated before a checkpoint that was made when it was not there."


def other_columns(event_id: int, body: str) -> list[str]:
    """Name the columns that say something else than the sealed text."""
    sealed, columns = object_in(body), columns_of(event_id)
    if body == as_canonical(columns):
        return []
    names = sorted(sealed.keys() | columns.keys())
    wrong = [name for name in names if sealed.get(name, "") != columns.get(name, "")]
    return wrong or ["the spelling is"]


def object_in(body: str) -> dict[str, Any]:
    """Read a sealed text; one that was made up may be anything."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def columns_of(event_id: int) -> dict[str, Any]:
    """Read the columns that the sealed text repeats, times as it has them."""
    names = (*AuditEvent.FACTS, "at")
    values = ", ".join(as_sealed(AuditEvent._meta.get_field(name)) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {values} FROM mediajobs_auditevent e WHERE e.id = %s", [event_id])  # noqa: S608 -- names of our own
        return dict(zip(names, cursor.fetchone(), strict=True))


def as_sealed(field: Field) -> str:
    if not isinstance(field, DateTimeField):
        return f"e.{field.column}"
    return time_on_sqlite() if connection.vendor == "sqlite" else time_on_postgresql()


def query() -> str:
    """Read links with their events; the database compares columns and sealed text by itself.

    So a fifth of the data has to come over; what it finds different is looked at again here,
    lest its way of writing JSON should differ from ours. Byte by byte and by what is the
    database's own: whoever owns the tables may define others of the same names beside it.
    """
    is_sqlite = connection.vendor == "sqlite"
    at = "CAST(e.at AS TEXT)" if is_sqlite else "pg_catalog.date_part('epoch', e.at)"
    return (
        f"SELECT l.seq, l.event_id, l.chain, e.digest, e.body, {at}, {is_same()} "  # noqa: S608 -- names of our own
        "FROM mediajobs_auditlink l LEFT JOIN mediajobs_auditevent e ON e.id = l.event_id "
        "WHERE l.seq > %s ORDER BY l.seq LIMIT %s"
    )


def is_same() -> str:
    fields = [AuditEvent._meta.get_field(name) for name in sorted((*AuditEvent.FACTS, "at"))]
    if connection.vendor == "sqlite":
        pairs = ", ".join(f"'{field.name}', {as_sealed(field)}" for field in fields)
        return f"e.body = json_object({pairs}) COLLATE BINARY"
    pairs = ", ',', ".join(f"'\"{field.name}\":', {on_postgresql(field)}" for field in fields)
    whole = f"pg_catalog.concat('{{', {pairs}, '}}')"
    return f'e.body OPERATOR(pg_catalog.=) {whole} COLLATE pg_catalog."C"'


def time_on_sqlite() -> str:
    """Write the stored text as the sealed one; one that Django would not have written differs."""
    text = "replace(replace(replace(e.at, '.000000', '?'), 'T', '?'), ' ', 'T')"
    fraction = "CASE length(e.at) WHEN 19 THEN '.000000' ELSE '' END"
    return f"CASE typeof(e.at) WHEN 'text' THEN {text} || {fraction} || '+00:00' END"


def time_on_postgresql() -> str:
    in_utc = "pg_catalog.timezone('UTC', e.at)"
    return f'pg_catalog.to_char({in_utc}, \'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"\')'


def on_postgresql(field: Field) -> str:
    if isinstance(field, DateTimeField | CharField | TextField):
        return f"pg_catalog.to_json({as_sealed(field)})"
    return f"COALESCE(e.{field.column}::pg_catalog.text, 'null')"
