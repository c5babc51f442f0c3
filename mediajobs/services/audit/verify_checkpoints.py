"""Checking the checkpoints: their own chain, their signatures, and what they say of the links."""

from collections.abc import Iterator

from django.conf import settings

from mediajobs.models import AuditCheckpoint, AuditLink
from mediajobs.models.checkpoint import FIRST_NUMBER, NO_CHECKPOINT
from mediajobs.models.link import NO_CHAIN
from mediajobs.services.audit import keys
from mediajobs.services.audit.removed import pruned_seq
from mediajobs.services.audit.report import Problem, Report, tampered, unchecked
from mediajobs.services.audit.verify_cadence import overdue
from mediajobs.services.audit.verify_export import is_signed

PAGE = 500
KEY_CAME_LATER = (
    " If there was no key yet when it was made, set AUDIT_SIGNED_FROM to the number of the first "
    "checkpoint that was made with the key."
)


def wrong_checkpoints(report: Report, since: int) -> Iterator[Problem]:
    """Check those that end at link `since` or later, and whether the newest is new."""
    last = AuditCheckpoint.objects.filter(seq__lt=since).first() if since else None
    removed_seq = pruned_seq()
    known = keys.known_keys()
    if stray := AuditCheckpoint.objects.filter(number__lt=FIRST_NUMBER).last():
        yield tampered(f"{stray} was slipped in: the first one has the number {FIRST_NUMBER}.")
        return
    for checkpoint, chain in checkpoints_with_chain(last.number if last else 0):
        words = what_is_wrong(checkpoint, last) or what_is_wrong_with_the_chain(
            checkpoint, chain, removed_seq
        )
        if words or (words := what_is_wrong_with_the_signature(checkpoint, known)):
            yield tampered(f"{checkpoint} {words}")
            return
        count(report, checkpoint, last)
        last = checkpoint
    if report.signed_count and not known:
        words = "Checkpoints are signed, but no key is known here to check them by. "
        yield unchecked(words + "Set AUDIT_PUBLIC_KEYS.")
    yield from overdue(last)  # last, for the first that is found is told


def checkpoints_with_chain(number: int) -> Iterator[tuple[AuditCheckpoint, str | None]]:
    """Give those after `number`, each with the chain at its link, if that link is there."""
    while rows := list(AuditCheckpoint.objects.filter(number__gt=number).order_by("number")[:PAGE]):
        links = AuditLink.objects.filter(seq__in=[row.seq for row in rows])
        chains = dict(links.values_list("seq", "chain"))
        for row in rows:
            yield row, chains.get(row.seq)
        number = rows[-1].number


def what_is_wrong(checkpoint: AuditCheckpoint, last: AuditCheckpoint | None) -> str:
    number, digest = (last.number, last.digest) if last else (0, NO_CHECKPOINT)
    if checkpoint.digest != checkpoint.compute_digest():
        return "has a sealed text that does not match its digest."
    if checkpoint.body != checkpoint.canonical_body():
        return "has columns that are not as in its sealed text."
    if (checkpoint.number, checkpoint.previous) != (number + 1, digest):
        return f"does not follow checkpoint {number}: others were between them, or other ones."
    if last and not last.seq <= checkpoint.seq:
        return f"goes back from link {last.seq} to {checkpoint.seq}."
    pruned_before = last.pruned_seq if last else 0
    is_pruning = checkpoint.pruned_seq > pruned_before
    ends_well = AuditCheckpoint.objects.filter(seq=checkpoint.pruned_seq).exists
    if checkpoint.pruned_seq < pruned_before or (is_pruning and not ends_well()):
        return f"counts {checkpoint.event_count} events, which cannot be."
    return ""


def what_is_wrong_with_the_chain(
    checkpoint: AuditCheckpoint, chain: str | None, removed_seq: int
) -> str:
    """Compare with the links; of those that were removed the boundary is where the walk begins."""
    if not checkpoint.seq:
        return "" if checkpoint.chain == NO_CHAIN else "has a chain without a link."
    if checkpoint.seq <= removed_seq:
        return ""
    if chain is None:
        return f"saw link {checkpoint.seq}, which is gone: the end of the trail was cut off."
    if chain != checkpoint.chain:
        return f"saw another chain at link {checkpoint.seq}: an event up to there was replaced."
    return ""


def what_is_wrong_with_the_signature(checkpoint: AuditCheckpoint, known: set[str]) -> str:
    if not checkpoint.key_id:
        if checkpoint.signature:
            return "has a signature, and names no key."
        must_be = known and checkpoint.number >= settings.AUDIT_SIGNED_FROM
        is_first = checkpoint.number == settings.AUDIT_SIGNED_FROM
        return f"is not signed.{KEY_CAME_LATER if is_first else ''}" if must_be else ""
    if known and checkpoint.key_id not in known:
        return f"is signed with a key that is not ours: {checkpoint.key_id}."
    if not is_signed(checkpoint.key_id, checkpoint.signature, checkpoint.body):
        return "has a wrong signature."
    return ""


def count(report: Report, checkpoint: AuditCheckpoint, last: AuditCheckpoint | None) -> None:
    report.checkpoint_count += 1
    report.signed_count += bool(checkpoint.key_id)
    gap = (checkpoint.at - last.at).total_seconds() if last else 0
    report.longest_gap_seconds = max(report.longest_gap_seconds, int(gap))
