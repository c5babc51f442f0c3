"""A part of the trail that somebody asks for, and its newest events without reading it all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from mediajobs.models import AuditEvent
from mediajobs.models.audit import AuditEventQuerySet

#: Where no one index answers, so many events are looked through, whatever the trail's length.
MOST = 10_000
NEWEST_FIRST = ("-at", "-pk")


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
    def of(cls, text: str = "", **wanted: Any) -> Self:
        """Read a text that is searched for: the beginning of a job's id, else part of a reason."""
        text = text.strip()
        about = AuditEvent.objects.about_job_prefix
        prefix = next((each for each in (text, text.lower()) if each and about(each).exists()), "")
        return cls(job_prefix=prefix, in_reason="" if prefix else text, **wanted)

    def events(self) -> AuditEventQuerySet:
        """Give what the database can tell: all of it but the text in the reason."""
        events = AuditEvent.objects.filter(**self.facts, **self.time)
        if "job_id" in self.facts:
            events = events.about_jobs()
        if self.job_prefix:
            events = events.about_job_prefix(self.job_prefix)
        return events.exclude(reason="") if self.in_reason else events

    @property
    def time(self) -> dict[str, datetime]:
        limits = {"at__gte": self.since, "at__lt": self.until}
        return {name: limit for name, limit in limits.items() if limit}

    def fits(self, event: dict[str, Any]) -> bool:
        """Whether an event of the right time is one of these."""
        return (
            all(event[name] == value for name, value in self.facts.items())
            and event["job_id"].startswith(self.job_prefix)
            and self.has_text(event["reason"])
        )

    def has_text(self, reason: str) -> bool:
        """Whether a reason holds the text, in capitals or not; SQLite knows those of ASCII only."""
        return self.in_reason.casefold() in reason.casefold()


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
    events, count = min(
        ((each, each.order_by()[: most + 1].count()) for each in leads(selection, most)),
        key=lambda lead: lead[1],
    )
    names = ("pk", "job_id", "reason", *selection.facts)
    rows = list(events.order_by(*NEWEST_FIRST).values(*names)[:most])
    found = AuditEvent.objects.filter(pk__in=[row["pk"] for row in rows if selection.fits(row)])
    if count <= most:
        return Found(found)
    return Found(found, AuditEvent.objects.values_list("at", flat=True).get(pk=rows[-1]["pk"]))


def leads(selection: Selection, most: int) -> Iterator[AuditEventQuerySet]:
    """Give sets that an index reads newest first, each of which holds the selection."""
    if not selection.facts and not selection.in_reason:
        yield AuditEvent.objects.filter(**selection.time)
    for name, value in selection.facts.items():
        yield Selection({name: value}, selection.since, selection.until).events()
    if selection.in_reason:
        yield AuditEvent.objects.exclude(reason="").filter(**selection.time)
    if selection.job_prefix:
        about = AuditEvent.objects.about_job_prefix(selection.job_prefix)
        if about.order_by()[: most + 1].count() <= most:  # else all would have to be sorted
            yield about.filter(**selection.time)
