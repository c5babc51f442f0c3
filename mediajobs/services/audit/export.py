"""Writing the sealed trail as lines of JSON that can be checked anywhere, without the panel."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from math import inf

from django.utils import timezone

from mediajobs.models import AuditCheckpoint, AuditLink
from mediajobs.models.append_only import as_line
from mediajobs.models.checkpoint import NO_CHECKPOINT
from mediajobs.services.audit.extract import Extract, extract_of
from mediajobs.services.audit.selection import Selection
from mediajobs.services.audit.verify_export import FORMAT
from mediajobs.services.audit.verify_links import chain_at

#: So many checkpoints a query.
PAGE = 500
HOW = "python verify_export.py FILE --key PUBLIC_KEY"


def export() -> Iterator[str]:
    """Give the lines of all the trail as it is found; what is not sealed by now is not in it."""
    return json_lines(extract_of(Selection(), is_as_found=True))


def json_lines(extract: Extract) -> Iterator[str]:
    """Give the lines: a header, each event, each checkpoint after its last event, an end.

    A selection has no checkpoints: they speak of all events.
    """
    begin = header(extract.first_seq, extract.selection.words)
    return closed(begin, events_and_checkpoints(extract), expected=extract.event_count)


def closed(header: str, records: Iterable[tuple[str, str]], *, expected: int = 0) -> Iterator[str]:
    """Give all lines, and after them one that counts and hashes them, so that a cut file shows.

    Each of `records` is the kind of a line and the line. Of the `expected` events it tells how
    many were not there.
    """
    digest, counts = sha256(header.encode()), {"event": 0, "checkpoint": 0}
    yield header
    for kind, line in records:
        digest.update(line.encode())
        counts[kind] += 1
        yield line
    facts = {f"{kind}_count": count for kind, count in counts.items()}
    if expected > counts["event"]:
        facts["missing_count"] = expected - counts["event"]
    yield as_line({"kind": "end", "digest": digest.hexdigest(), **facts})


def header(first_seq: int, selection: str = "") -> str:
    """Write the first line; `selection` says in words what was chosen of the trail, "" for all."""
    before = AuditCheckpoint.objects.filter(seq__lt=first_seq - 1).first()
    facts = {"kind": "header", "format": FORMAT, "made_at": timezone.now().isoformat()}
    facts |= {"first_seq": first_seq, "chain_before": chain_before(first_seq)}
    facts["checkpoint_before"] = before.number if before else 0
    facts["digest_before"] = before.digest if before else NO_CHECKPOINT
    return as_line(facts | {"selection": selection, "how_to_check": HOW})


def chain_before(first_seq: int) -> str | None:
    """Give the chain before a link; what was removed ends at a checkpoint."""
    is_here = AuditLink.objects.filter(seq=first_seq - 1).exists()
    return chain_at(first_seq - 1, 0 if is_here else first_seq - 1)


def event_line(seq: int, chain: str, event_id: int, digest: str, body: str) -> str:
    facts = {"kind": "event", "seq": seq, "id": event_id, "chain": chain, "digest": digest}
    return as_line(facts | {"body": body})


def events_and_checkpoints(extract: Extract) -> Iterator[tuple[str, str]]:
    checkpoints = checkpoint_lines(extract)
    next_seq, line = next(checkpoints)
    for seq, chain, *event in extract.rows("id", "digest", "body"):
        while next_seq < seq:
            yield "checkpoint", line
            next_seq, line = next(checkpoints)
        yield "event", event_line(seq, chain, *event)
    while next_seq < inf:
        yield "checkpoint", line
        next_seq, line = next(checkpoints)


def checkpoint_lines(extract: Extract) -> Iterator[tuple[float, str]]:
    """Give the checkpoints that end in the extract, each with the link that it ends at."""
    rows = AuditCheckpoint.objects.filter(
        seq__gte=extract.first_seq - 1, number__lte=extract.last_checkpoint
    )
    number = 0
    while page := list(rows.filter(number__gt=number).order_by("number")[:PAGE]):
        yield from ((checkpoint.seq, checkpoint.line()) for checkpoint in page)
        number = page[-1].number
    yield inf, ""
