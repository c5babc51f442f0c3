"""Comparing the trail with copies that were kept elsewhere: lines of checkpoints, an export."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services.audit import keys
from mediajobs.services.audit.removed import pruned_seq
from mediajobs.services.audit.report import Problem, Report, tampered, unchecked
from mediajobs.services.audit.verify_export import (
    Progress,
    TamperedError,
    UnreadableError,
    records,
)

GROUP = 500
#: Checkpoints leave every five minutes; one may be late.
BEHIND = timedelta(minutes=10)
LIKE_A_CHECKPOINT = re.compile(rb'"kind": *"checkpoint"')
#: What journald, Docker and the like write before a line; in the log's own lines is a level, and
#: behind it may stand what anybody sent.
PREFIX = re.compile(rb"[\w .:|+\[\]-]*")
LEVEL = re.compile(rb"\b(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")


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


def other_anchors(anchor: Copy | None, report: Report) -> Iterator[Problem]:
    """Find a checkpoint that was told outside and is not, or not so, in the trail any more; else
    say what could not be compared.
    """
    newest = AuditCheckpoint.objects.first()
    if anchor is None or not (anchor.size or newest):
        return
    if not anchor.size:
        why = "is not there, empty or out of reach"
        yield unchecked(f"{anchor.path} {why}: nothing to compare with.")
        return
    garbled: list[int] = []
    told, last = checkpoints_in(anchor, garbled), 0
    try:
        while group := list(islice(told, GROUP)):
            yield from other_checkpoints(group, f"the copy {anchor.path}")
            report.compared_count += len(group)
            last = max(last, *(record["number"] for record in group))
    except OSError as refused:
        yield unchecked(f"{anchor.path} cannot be read ({refused.strerror}).")
        return
    for number in garbled:
        yield unchecked(f"Line {number} of {anchor.path} looks like a checkpoint and is none.")
    yield from not_compared(anchor.path, last, newest)


def checkpoints_in(anchor: Copy, garbled: list[int]) -> Iterator[dict[str, Any]]:
    """Give the checkpoints of a copy; number the lines that look like one and are `garbled`.

    A line that a full disk cut off, and that the next one repeats as a whole, is none of these.
    """
    cut_off = b""
    for number, line in enumerate(anchor.lines(), start=1):
        if cut_off and not line.startswith(cut_off):
            garbled.append(number - 1)
        cut_off = b""
        if record := checkpoint_in(line):
            yield record
        elif LIKE_A_CHECKPOINT.search(told_in(line)):
            cut_off = line.rstrip(b"\r\n")
    if cut_off:
        garbled.append(number)


def checkpoint_in(line: bytes) -> dict[str, Any] | None:
    """Read a checkpoint from a line, whose text must fit its digest."""
    with suppress(AttributeError, LookupError, RecursionError, TypeError, ValueError):
        record = json.loads(told_in(line))
        is_whole = AuditCheckpoint(body=record["body"]).compute_digest() == record["digest"]
        if is_whole and record["kind"] == "checkpoint" and 0 < record["number"] < 2**63:
            return record | {"number": int(record["number"])}
    return None


def told_in(line: bytes) -> bytes:
    """Give what a line tells behind nothing but a prefix of whoever collects logs, or b""."""
    before, brace, told = line.partition(b"{")
    is_ours = PREFIX.fullmatch(before) and not LEVEL.search(before)
    return brace + told if is_ours else b""


def not_compared(path: str, last: int, newest: AuditCheckpoint | None) -> Iterator[Problem]:
    """Say that a copy has none of the checkpoints, or not those of late."""
    ends_with = AuditCheckpoint.objects.filter(number=last).first()
    if not ends_with:
        yield unchecked(f"{path} holds no checkpoint: nothing was compared.")
    elif newest.at - ends_with.at > BEHIND:
        yield unchecked(
            f"{path} ends with {ends_with} of {ends_with.at:%Y-%m-%d %H:%M} UTC, the trail with "
            f"{newest} of {newest.at:%Y-%m-%d %H:%M}: what came between could not be compared."
        )


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
    removed_seq, loose_count = pruned_seq(), 0
    told = records(export.lines(), keys.known_keys(), signed_from=settings.AUDIT_SIGNED_FROM)
    try:
        while pairs := list(islice(told, GROUP)):
            loose_count = loose_after(pairs, removed_seq, loose_count)
            group = [record for record, _ in pairs]
            events = [each for each in group if each["kind"] == "event"]
            kept = [each for each in events if each["seq"] > removed_seq]
            yield from other_events(kept, f"the export {export.path}")
            checkpoints = [each for each in group if each["kind"] == "checkpoint"]
            yield from other_checkpoints(checkpoints, f"the export {export.path}")
        if loose_count:
            what = f"{loose_count:,} events of the export {export.path} are of those"
            yield unchecked(f"{what} that were removed: nothing here shows that they were so.")
    except TamperedError as error:
        yield tampered(f"The export {export.path}: {error}")
    except (OSError, UnreadableError) as error:
        yield unchecked(f"The export {export.path} cannot be checked: {error}")


def loose_after(
    pairs: list[tuple[dict[str, Any], Progress]], removed_seq: int, loose_count: int
) -> int:
    """Count the removed events with no checkpoint behind them, which the trail still has."""
    for record, progress in pairs:
        if record["kind"] == "checkpoint" and progress.is_whole:
            loose_count = 0
        elif record["kind"] == "event" and record["seq"] <= removed_seq:
            loose_count += 1
    return loose_count


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
