"""The chain through the trail: one link an event, in the order of sealing."""

from collections.abc import Sequence

from django.db import models

from mediajobs.models import statements
from mediajobs.models.append_only import AppendOnly, AppendOnlyQuerySet, sha256

#: What stands before the first link.
NO_CHAIN = "0" * 64


class AuditLinkQuerySet(AppendOnlyQuerySet["AuditLink"]):
    def append_after(self, seq: int, chain: str, events: Sequence[tuple[int, str]]) -> None:
        """Seal events, each given by id and digest, behind the link that is the newest."""
        rows = []
        for number, (event_id, digest) in enumerate(events, start=seq + 1):
            chain = chained(chain, number, event_id, digest)
            rows.append((number, event_id, chain))
        statements.insert_plain(AuditLink, ("seq", "event_id", "chain"), rows)


class AuditLink(AppendOnly):
    """Seals one event by a hash over the link before it and the event; `seq` has no gaps."""

    seq = models.BigAutoField(primary_key=True)  # always given; so SQLite reads by rowid
    # No foreign key: PostgreSQL would lock each event's row, which is a write, to check it.
    event_id = models.BigIntegerField(unique=True)
    chain = models.CharField(max_length=64)

    objects = AuditLinkQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        ordering = ["seq"]
        verbose_name = "audit link"

    def __str__(self) -> str:
        return f"Link {self.seq}"


def chained(previous: str, seq: int, event_id: int, digest: str) -> str:
    """Compute the chain at a link from the chain before it and what it seals."""
    return sha256(f"audit-link/1\n{previous}\n{seq}\n{event_id}\n{digest}")
