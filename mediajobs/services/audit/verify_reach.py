"""How far back the rows of the tables must be on record, where old events were removed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from django.db.models import Min, Q

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditKind
from mediajobs.models.checkpoint import FIRST_NUMBER
from mediajobs.services.audit.removed import pruned_seq
from mediajobs.services.audit.verify_links import LATE, shifted


@dataclass(frozen=True, slots=True)
class Reach:
    """What is still on record: all deeds after a time, and all of the cancellations from a key on,
    None where none was drafted since.

    Rows are told apart by keys, which events name and no row can choose for itself. Their times
    only add to these: by them alone a row could say that it is too old to be compared.
    """

    since: datetime
    batch_id: int | None = None
    is_all: bool = True

    @classmethod
    def of_trail(cls) -> Self:
        seq = pruned_seq()
        ends = AuditCheckpoint.objects.filter(seq=seq, number__gte=FIRST_NUMBER)
        last = ends.last() if seq else None
        if last is None:
            return cls(datetime(1, 1, 1, tzinfo=UTC))
        since = shifted(last.at, LATE)
        drafted = AuditEvent.objects.filter(kind=AuditKind.BATCH_DRAFTED, at__gt=since)
        first = drafted.order_by().aggregate(key=Min("batch_id"))["key"]
        return cls(since, first, is_all=False)

    def of_cancellations(self, key: str) -> Q:
        """Keep what belongs to cancellations of which nothing was removed, by their key."""
        if self.is_all:
            return Q()
        return Q(pk__in=[]) if self.batch_id is None else Q(**{f"{key}__gte": self.batch_id})

    def covers(self, key: str, time: str) -> Q:
        """Keep the rows that must be on record, by the key of their cancellation or by a time."""
        if self.is_all:
            return Q()
        is_new = Q(**{f"{time}__gt": self.since}) | Q(**{f"{time}__isnull": True})
        return self.of_cancellations(key) | is_new
