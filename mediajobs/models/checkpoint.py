"""Checkpoints of the trail, and how far copies of them have left this machine."""

from django.db import models
from django.utils import timezone

from mediajobs.models.append_only import AppendOnly, as_line, canonical, sha256

#: What stands before the first checkpoint.
NO_CHECKPOINT = "0" * 64
#: Whoever may add some may choose lower numbers.
FIRST_NUMBER = 1
#: How the name of a place begins where it is remembered what was signed last.
SIGNER = "Signed on "


class AuditCheckpoint(AppendOnly):
    """Says how far the chain went at a moment, signed if there is a key.

    `seq` and `chain` are those of the newest link; `event_count` counts the sealed events that
    were still kept, so that those up to `pruned_seq` were removed by then.
    """

    number = models.BigAutoField(primary_key=True)  # always given; so SQLite reads by rowid
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300)
    seq = models.BigIntegerField()
    chain = models.CharField(max_length=64)
    event_count = models.BigIntegerField()
    previous = models.CharField(max_length=64, help_text="The digest of the checkpoint before.")
    key_id = models.CharField(
        max_length=64, blank=True, help_text="The public key in base64; empty: not signed."
    )
    body = models.TextField(help_text="The columns as canonical JSON, exactly as signed.")
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=100, blank=True)

    #: The columns that `body` repeats.
    FACTS = ("number", "at", "reason", "seq", "chain", "event_count", "previous", "key_id")

    class Meta(AppendOnly.Meta):
        ordering = ["-number"]
        verbose_name = "audit checkpoint"

    def __str__(self) -> str:
        return f"Checkpoint {self.number}"

    @property
    def pruned_seq(self) -> int:
        return self.seq - self.event_count

    def canonical_body(self) -> str:
        return canonical({name: getattr(self, name) for name in self.FACTS})

    def compute_digest(self) -> str:
        return sha256(f"audit-checkpoint/1\n{self.body}")

    def line(self) -> str:
        """Write it as one line of JSON, as it leaves this machine."""
        names = ("number", "body", "digest", "signature", "key_id")
        return as_line({"kind": "checkpoint"} | {name: getattr(self, name) for name in names})


class AuditAnchor(models.Model):
    """The newest checkpoint that has reached a place outside, and what is wrong with the way."""

    place = models.CharField(max_length=500, primary_key=True)
    number = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Checkpoint {self.number} at {self.place}"
