"""Writing the sealed trail as lines of JSON that can be checked anywhere, without the panel."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from math import inf

from django.utils import timezone

from mediajobs.models import AuditCheckpoint
from mediajobs.models.append_only import as_line
from mediajobs.models.checkpoint import NO_CHECKPOINT
from mediajobs.services.audit.snapshot import PAGE, pages, snapshot
from mediajobs.services.audit.verify_links import chain_at
from mediajobs.verify_export import FORMAT

EVENTS = (
    "SELECT l.seq, e.id, l.chain, e.digest, e.body FROM mediajobs_auditlink l "
    "JOIN mediajobs_auditevent e ON e.id = l.event_id "
    "WHERE l.seq > %s ORDER BY l.seq LIMIT %s"
)
HOW = "python verify_export.py FILE --key PUBLIC_KEY"


def export() -> Iterator[str]:
    """Give the lines: a header, each sealed event, each checkpoint after its last event, an end.

    All is of one moment; what is not sealed by then is not in it.
    """
    with snapshot():
        newest = AuditCheckpoint.objects.first()
        first_seq = newest.pruned_seq + 1 if newest else 1
        yield from closed(header(first_seq), events_and_checkpoints(first_seq))


def closed(header: str, records: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Give all lines, and after them one that counts and hashes them, so that a cut file shows.

    Each of `records` is the kind of a line and the line.
    """
    digest, counts = sha256(header.encode()), {"event": 0, "checkpoint": 0}
    yield header
    for kind, line in records:
        digest.update(line.encode())
        counts[kind] += 1
        yield line
    facts = {f"{kind}_count": count for kind, count in counts.items()}
    yield as_line({"kind": "end", "digest": digest.hexdigest(), **facts})


def header(first_seq: int, selection: str = "") -> str:
    """Write the first line; `selection` says in words what was chosen of the trail, "" for all."""
    before = AuditCheckpoint.objects.filter(seq__lt=first_seq - 1).first()
    facts = {"kind": "header", "format": FORMAT, "made_at": timezone.now().isoformat()}
    facts |= {"first_seq": first_seq, "chain_before": chain_at(first_seq - 1, first_seq - 1)}
    facts["checkpoint_before"] = before.number if before else 0
    facts["digest_before"] = before.digest if before else NO_CHECKPOINT
    return as_line(facts | {"selection": selection, "how_to_check": HOW})


def event_line(seq: int, event_id: int, chain: str, digest: str, body: str) -> str:
    facts = {"kind": "event", "seq": seq, "id": event_id, "chain": chain, "digest": digest}
    return as_line(facts | {"body": body})


def events_and_checkpoints(first_seq: int) -> Iterator[tuple[str, str]]:
    checkpoints = checkpoint_lines(first_seq)
    next_seq, line = next(checkpoints)
    for rows in pages(EVENTS, first_seq - 1):
        for row in rows:
            while next_seq < row[0]:
                yield "checkpoint", line
                next_seq, line = next(checkpoints)
            yield "event", event_line(*row)
    while next_seq < inf:
        yield "checkpoint", line
        next_seq, line = next(checkpoints)


def checkpoint_lines(first_seq: int) -> Iterator[tuple[float, str]]:
    """Give the checkpoints that end there or later, each with the link that it ends at."""
    rows = AuditCheckpoint.objects.filter(seq__gte=first_seq - 1).order_by("number")
    for checkpoint in rows.iterator(chunk_size=PAGE):
        yield checkpoint.seq, checkpoint.line()
    yield inf, ""
