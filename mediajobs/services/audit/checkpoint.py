"""Checkpoints: how far the chain goes, signed, and told to whoever keeps copies elsewhere."""

import logging
import socket
import sys

from django.conf import settings
from django.db import DataError, transaction

from mediajobs import guard
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditKind
from mediajobs.models.checkpoint import NO_CHECKPOINT
from mediajobs.services.audit import keys, memory
from mediajobs.services.audit.anchor import deliver
from mediajobs.services.audit.record import ENGINE, record
from mediajobs.services.audit.removed import newest_that_counts, pruned_seq
from mediajobs.services.audit.report import Verdict
from mediajobs.services.audit.seal import BATCH, first_unsealed, further, head, seal_some

logger = logging.getLogger(__name__)


def checkpoint(reason: str, *, by_hand: bool = False) -> AuditCheckpoint | None:
    """Seal all that is committed, write down how far the chain goes then, and tell it outside.

    Nothing that was committed before is left unsealed: whoever finds an event dated long before
    an older checkpoint knows that it was slipped in. A place outside that cannot be reached is
    logged and gets it with the next one. None where this process may not make one, which the
    log explains and, unless it is `by_hand`, the health page; sealed is all the same.
    """
    after, made, refusal = first_unsealed(), None, ""
    while not (made or refusal):
        try:
            made, refusal, after = make_if_all_is_sealed(after, reason)
        except DataError as error:
            refusal = str(error)
    if made:
        publish(made)
    else:
        logger.error("no checkpoint was made: %s", refusal)
        if not by_hand:
            memory.tell_the_health_page(refusal)
            record_contradiction(refusal)
    return made


@transaction.atomic
def make_if_all_is_sealed(after: int, reason: str) -> tuple[AuditCheckpoint | None, str, int]:
    """Seal a batch and, unless there is more, write the checkpoint with it or say why not; say
    where to go on.
    """
    sealed = seal_some(after, wait=True)
    is_all = len(sealed) < BATCH
    refusal = why_none() if is_all else ""
    made = make(reason) if is_all and not refusal else None
    return made, refusal, further(after, sealed)


def record_contradiction(refusal: str) -> None:
    """Leave on record that what was signed here is gone: a machine that does not remember it may
    sign on, and the health page then says no more of it.
    """
    outcome = Verdict.TAMPERED.name.lower()
    told = AuditEvent.objects.filter(kind=AuditKind.TRAIL_VERIFIED, outcome=outcome)
    if memory.is_gone(refusal) and not told.filter(detail=refusal).exists():
        record(AuditKind.TRAIL_VERIFIED, ENGINE, outcome=outcome, detail=refusal)


def why_none() -> str:
    """Say why this process may not make a checkpoint, or "".

    One that is not signed would count as tampering for ever; one behind others than those that
    were signed here would sign for a trail that somebody wrote anew.
    """
    if unguarded := guard.words():
        return unguarded
    last = AuditCheckpoint.objects.first()
    if settings.AUDIT_SIGNING_KEY:
        return memory.contradiction() or stranger(last)
    if (last and last.key_id) or settings.AUDIT_PUBLIC_KEYS:
        here = f"is not set here, on {socket.gethostname()}"
        return f"Checkpoints of this trail are signed, and AUDIT_SIGNING_KEY {here}. Set it."
    return ""


def stranger(last: AuditCheckpoint | None) -> str:
    """Say that the newest checkpoint is behind those that were signed, and not signed itself."""
    if last == newest_that_counts():
        return ""
    return (
        f"{last} is not signed with a key that is known here, and others before it are: nothing "
        "is signed behind it. Find out who made it. If it was signed with another key of this "
        "trail, name that in AUDIT_PUBLIC_KEYS."
    )


def make(reason: str, *, removed_seq: int | None = None) -> AuditCheckpoint:
    """Write a checkpoint, after removing events up to link `removed_seq`; the caller is the one
    sealer, in a transaction.
    """
    last = AuditCheckpoint.objects.first()
    seq, chain = head()
    key = keys.signing_key()
    made = AuditCheckpoint(
        number=last.number + 1 if last else 1,
        reason=reason[:300],
        seq=seq,
        chain=chain,
        event_count=seq - (pruned_seq() if removed_seq is None else removed_seq),
        previous=last.digest if last else NO_CHECKPOINT,
        key_id=keys.public_half(key) if key else "",
    )
    made.body = made.canonical_body()
    made.digest = made.compute_digest()
    made.signature = keys.signature(key, made.body) if key else ""
    AuditCheckpoint.objects.append([made])
    return made


def publish(made: AuditCheckpoint) -> None:
    """Remember it, write it to stdout, where logs are collected, and carry it to the places of
    the settings.
    """
    if made.key_id:
        memory.remember(made)
    memory.tell_the_health_page("")
    try:
        sys.__stdout__.write(made.line())
        sys.__stdout__.flush()
    except (AttributeError, OSError, ValueError) as error:
        logger.warning("checkpoint %s could not be written to stdout: %s", made.number, error)
    deliver()
