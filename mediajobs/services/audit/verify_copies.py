"""Comparing the trail with copies that were kept elsewhere: lines of checkpoints, an export."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services.audit import keys
from mediajobs.services.audit.report import Problem, tampered, unchecked
from mediajobs.services.audit.verify_export import TamperedError, UnreadableError, records

GROUP = 500


@dataclass(frozen=True, slots=True)
class Copy:
    """A file as long as it was before the database was looked at: what comes later is newer."""

    path: str
    size: int

    def lines(self) -> Iterator[bytes]:
        left = self.size
        with Path(self.path).open("rb") as file:
            for line in file:
                left -= len(line)
                if left < 0:
                    return
                yield line


def copy_of(path: str) -> Copy | None:
    """Take note of a file; none is there before the first checkpoint, or in reach."""
    if not path:
        return None
    with suppress(OSError):
        return Copy(path, Path(path).stat().st_size)
    return Copy(path, 0)


def other_anchors(anchor: Copy | None) -> Iterator[Problem]:
    """Find a checkpoint that was told outside and is not, or not so, in the trail any more."""
    if anchor is None:
        return
    if not anchor.size:
        if AuditCheckpoint.objects.exists():
            yield unchecked(
                f"{anchor.path} is not there, empty or out of reach: nothing to compare with."
            )
        return
    told = (record for line in anchor.lines() if (record := checkpoint_in(line)))
    try:
        while group := list(islice(told, GROUP)):
            yield from other_checkpoints(group, f"the copy {anchor.path}")
    except OSError as refused:
        yield unchecked(f"{anchor.path} cannot be read ({refused.strerror}).")


def checkpoint_in(line: bytes) -> dict[str, Any] | None:
    """Read a checkpoint from a line of a log, which may have a name before it, or other words."""
    with suppress(ValueError, AttributeError):
        record = json.loads(line[line.index(b"{") :])
        if record.get("kind") == "checkpoint" and isinstance(record.get("number"), int):
            return record
    return None


def other_checkpoints(group: list[dict[str, Any]], where: str) -> Iterator[Problem]:
    digests = dict(
        AuditCheckpoint.objects.filter(number__in=[each["number"] for each in group]).values_list(
            "number", "digest"
        )
    )
    for record in group:
        number = record["number"]
        if digests.get(number) != record.get("digest"):
            what = "is gone" if number not in digests else "is another one"
            yield tampered(f"Checkpoint {number} of {where} {what}: the trail was written anew.")
            return


def other_export(export: Copy | None) -> Iterator[Problem]:
    """Check an exported file, and find what stands in it and is not so in the trail."""
    if export is None:
        return
    newest = AuditCheckpoint.objects.first()
    pruned_seq = newest.pruned_seq if newest else 0
    told = records(export.lines(), keys.known_keys(), signed_from=settings.AUDIT_SIGNED_FROM)
    try:
        while group := [record for record, _ in islice(told, GROUP)]:
            events = [each for each in group if each["kind"] == "event"]
            kept = [each for each in events if each["seq"] > pruned_seq]
            yield from other_events(kept, f"the export {export.path}")
            checkpoints = [each for each in group if each["kind"] == "checkpoint"]
            yield from other_checkpoints(checkpoints, f"the export {export.path}")
    except TamperedError as error:
        yield tampered(f"The export {export.path}: {error}")
    except (OSError, UnreadableError) as error:
        yield unchecked(f"The export {export.path} cannot be checked: {error}")


def other_events(events: list[dict[str, Any]], where: str) -> Iterator[Problem]:
    rows = AuditLink.objects.filter(seq__in=[each["seq"] for each in events])
    links = {seq: (key, chain) for seq, key, chain in rows.values_list("seq", "event_id", "chain")}
    keys_of_events = [key for key, _ in links.values()]
    digests = dict(AuditEvent.objects.filter(pk__in=keys_of_events).values_list("pk", "digest"))
    for record in events:
        link = links.get(record["seq"])
        is_same = link == (record["id"], record["chain"])
        if not (is_same and digests.get(record["id"]) == record["digest"]):
            what = "is gone" if link is None else "or one before it is another"
            yield tampered(f"Event {record['id']} (link {record['seq']}) of {where} {what}.")
            return
