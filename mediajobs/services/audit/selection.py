"""A part of the trail that somebody asks for, and its newest events without reading it all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from re import compile as pattern
from typing import Any, Self

from django.db.models import TextChoices

from mediajobs.models import AuditEvent
from mediajobs.models.audit import AuditEventQuerySet

#: Where no one index answers, so many events are looked through, whatever the trail's length …
MOST = 5000
#: … these first, and no more once so many are found.
FIRST = 1000
ENOUGH = 250
#: A shorter beginning of a job's id is that of too many to begin with them.
TELLING = 4
NEWEST_FIRST = ("-at", "-pk")
#: What could be the beginning of a job's id; the ids of the media API are of these.
LIKE_A_JOB_ID = pattern("[0-9a-fA-F-]{8,}")


class SearchIn(TextChoices):
    """Where a text is searched for."""

    JOB = "job", "Job id begins with"
    REASON = "reason", "Reason holds"

    @classmethod
    def suiting(cls, text: str) -> Self:
        """Choose by the form of the text alone, lest a recorded job hide the reasons."""
        return cls.JOB if LIKE_A_JOB_ID.fullmatch(text.strip()) else cls.REASON


@dataclass(frozen=True, slots=True)
class Selection:
    """Events with all these facts; `words` say the same to people, "" stands for all events."""

    facts: dict[str, Any] = field(default_factory=dict)  # by column
    since: datetime | None = None
    until: datetime | None = None
    job_prefix: str = ""
    in_reason: str = ""
    words: str = ""

    @classmethod
    def of(cls, text: str = "", search_in: str = "", **wanted: Any) -> Self:
        """Read a text that is searched for, there or else where its form suits."""
        text = text.strip()
        is_job = (search_in or SearchIn.suiting(text)) == SearchIn.JOB
        return cls(job_prefix=text if is_job else "", in_reason="" if is_job else text, **wanted)

    def events(self) -> AuditEventQuerySet:
        """Give what the database can tell: all of it but the text in the reason."""
        events = AuditEvent.objects.filter(**self.facts, **self.time)
        if "job_id" in self.facts:
            events = events.about_jobs()
        if self.job_prefix:
            events = events.about_job_prefixes(self.job_prefixes)
        return events.exclude(reason="") if self.in_reason else events

    @property
    def job_prefixes(self) -> tuple[str, ...]:
        """Give the beginning as it was written and in small letters, as most ids are."""
        return tuple({self.job_prefix, self.job_prefix.lower()})

    @property
    def time(self) -> dict[str, datetime]:
        limits = {"at__gte": self.since, "at__lt": self.until}
        return {name: limit for name, limit in limits.items() if limit}

    def holds(self, job_id: str, reason: str, *facts: Any) -> bool:
        """Whether an event with these columns is one of them, as far as time does not tell."""
        return (
            facts == tuple(self.facts.values())
            and job_id.startswith(self.job_prefixes)
            and self.has_text(reason)
        )

    def has_text(self, reason: str) -> bool:
        """Whether a reason holds the text, in capitals or not; SQLite knows those of ASCII only."""
        return not self.in_reason or self.in_reason.casefold() in reason.casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """Events of a selection; those before `looked_back_to`, if that is set, were not looked at."""

    events: AuditEventQuerySet
    looked_back_to: datetime | None = None


def newest(selection: Selection, *, most: int = MOST) -> Found:
    """Find the newest events of a selection, in a time that the trail's length does not change.

    One fact and a time are answered by an index. For more, and for texts, the rarest fact is
    read, or of a frequent one its newest events.
    """
    if len(selection.facts) < 2 and not (selection.job_prefix or selection.in_reason):
        return Found(selection.events())
    events = min(leads(selection, most), key=lambda lead: lead[1])[0]
    keys, looked_back_to = look_through(events, selection, most)
    return Found(AuditEvent.objects.filter(pk__in=keys), looked_back_to)


def look_through(
    events: AuditEventQuerySet, selection: Selection, most: int
) -> tuple[set[int], datetime | None]:
    """Give the keys of the newest that fit, and how far back was looked, if not through all.

    Down to the beginning of a second, whatever happened in it: who goes on from there meets none
    twice and misses none.
    """
    keys, looked_at, first = set(), 0, min(FIRST, most)
    columns = ("pk", "at", "job_id", "reason", *selection.facts)
    rows = events.order_by(*NEWEST_FIRST).values_list(*columns)
    for row in chain(rows[:first], rows[first:most]):
        looked_at += 1
        if selection.holds(*row[2:]):
            keys.add(row[0])
        if len(keys) == ENOUGH:
            break
    if looked_at < most and len(keys) < ENOUGH:
        return keys, None
    second = row[1].replace(microsecond=0)
    rest = rows.filter(at__gte=second, at__lte=row[1])
    return keys | {row[0] for row in rest if selection.holds(*row[2:])}, second


def leads(selection: Selection, most: int) -> Iterator[tuple[AuditEventQuerySet, int]]:
    """Give sets that an index reads newest first and that hold the selection, with their size.

    As far as that matters: what is more than `most` is that and one.
    """
    if len(selection.job_prefix) >= TELLING:
        about = AuditEvent.objects.about_job_prefixes(selection.job_prefixes)
        count = size(about.order_by(), most)
        if count <= most:  # else all would have to be sorted
            yield about.filter(**selection.time), count
    for name, value in selection.facts.items():
        events = Selection({name: value}, selection.since, selection.until).events()
        yield events, size(events.order_by(*NEWEST_FIRST), most)
    if selection.in_reason:  # these are slow to count, and good where each fact is frequent
        yield AuditEvent.objects.exclude(reason="").filter(**selection.time), most
    elif not selection.facts:
        yield AuditEvent.objects.filter(**selection.time), most + 1


def size(events: AuditEventQuerySet, most: int) -> int:
    """Count in the order of an index, without which PostgreSQL would rather read the table."""
    return events.values("pk")[: most + 1].count()
