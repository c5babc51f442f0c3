"""The chain through the trail: one link an event, in the order of sealing."""

from django.db import models

from mediajobs.models.append_only import AppendOnly, sha256

#: What stands before the first link.
NO_CHAIN = "0" * 64


class AuditLink(AppendOnly):
    """Seals one event by a hash over the link before it and the event; `seq` has no gaps."""

    seq = models.BigAutoField(primary_key=True)  # always given; so SQLite reads by rowid
    # No foreign key: PostgreSQL would lock each event's row, which is a write, to check it.
    event_id = models.BigIntegerField(unique=True)
    chain = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        ordering = ["seq"]
        verbose_name = "audit link"

    def __str__(self) -> str:
        return f"Link {self.seq}"


def chained(previous: str, seq: int, event_id: int, digest: str) -> str:
    """Compute the chain at a link from the chain before it and what it seals."""
    return sha256(f"audit-link/1\n{previous}\n{seq}\n{event_id}\n{digest}")
