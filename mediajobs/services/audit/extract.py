"""What an export holds: settled when it begins, read in short queries, counted to its end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Subquery

from mediajobs.models import AuditCheckpoint, AuditLink
from mediajobs.services.audit.removed import pruned_seq
from mediajobs.services.audit.seal import head
from mediajobs.services.audit.selection import Selection
from mediajobs.services.audit.unreadable import readable_values

#: So many links a query.
WINDOW = 2000


class BrokenOffError(Exception):
    """Raised where an export does not have the events it was to have; it has no end then."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The sealed events of a selection, from the first to the last link.

    Links are only ever added behind the newest: what stands up to there is of one moment, however
    long somebody takes to read it, and no transaction has to be kept open.
    """

    last_seq: int
    event_count: int
    first_seq: int = 1
    last_checkpoint: int = 0
    is_as_found: bool = False
    selection: Selection = field(default_factory=Selection)

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Give link, chain and the named columns of each event, in the order of the links.

        Raises BrokenOffError at the end if there were not `event_count`: some were removed. What
        is to be taken as it is found has no such end.
        """
        count, after = 0, self.first_seq - 1
        while after < self.last_seq and (links := self.links(after)):
            for row in self.of_links(links, names):
                count += 1
                yield row
            after, *_ = links[-1]
        if count != self.event_count and not self.is_as_found:
            raise BrokenOffError(f"{count} events were there of {self.event_count}.")

    def links(self, after: int) -> list[tuple[int, str, int]]:
        """Read the next links after one, however far off somebody has put the last."""
        links = AuditLink.objects.filter(seq__gt=after, seq__lte=self.last_seq).order_by("seq")
        return list(links.values_list("seq", "chain", "event_id")[:WINDOW])

    def of_links(
        self, links: list[tuple[int, str, int]], names: tuple[str, ...]
    ) -> Iterator[tuple[Any, ...]]:
        """Read those of the links' events that were selected.

        By their keys: an index of a fact would be read anew for each window.
        """
        keys = [key for _, _, key in links]
        rows = self.selection.events().filter(pk__in=keys).order_by()
        values = rows.values_list("pk", "reason", *names)
        if self.is_as_found:
            values = readable_values(values, keys)
        events = {key: row for key, reason, *row in values if self.selection.has_text(reason)}
        for seq, chain, key in links:
            if key in events:
                yield seq, chain, *events[key]


def extract_of(selection: Selection, *, is_as_found: bool = False) -> Extract:
    """Settle what an export of a selection holds: what is sealed by now."""
    last_seq, _ = head()
    if selection == Selection():
        newest, first_seq = AuditCheckpoint.objects.first(), pruned_seq() + 1
        number = newest.number if newest else 0
        return Extract(last_seq, last_seq - first_seq + 1, first_seq, number, is_as_found)
    count, first, last = counted(selection, last_seq)
    return Extract(last or 0, count, first or 1, selection=selection)


def counted(selection: Selection, last_seq: int) -> tuple[int, int | None, int | None]:
    """Count the sealed events of a selection; give the first and the last link with it."""
    links = AuditLink.objects.filter(event_id=OuterRef("pk"), seq__lte=last_seq)
    sealed = selection.events().order_by().annotate(seq=Subquery(links.values("seq")[:1]))
    if not selection.in_reason:
        found = sealed.aggregate(count=Count("seq"), first=Min("seq"), last=Max("seq"))
        return found["count"], found["first"], found["last"]
    rows = sealed.filter(seq__isnull=False).values_list("seq", "reason")
    seqs = [seq for seq, reason in rows.iterator() if selection.has_text(reason)]
    return len(seqs), min(seqs, default=None), max(seqs, default=None)
