"""Checkpoints: how far the chain goes, signed, and told to whoever keeps copies elsewhere."""

import logging
import sys

from django.db import transaction

from mediajobs.models import AuditCheckpoint
from mediajobs.models.checkpoint import NO_CHECKPOINT
from mediajobs.services.audit import keys
from mediajobs.services.audit.anchor import deliver
from mediajobs.services.audit.seal import BATCH, first_unsealed, further, head, seal_some

logger = logging.getLogger(__name__)


def checkpoint(reason: str) -> AuditCheckpoint:
    """Seal all that is committed, write down how far the chain goes then, and tell it outside.

    Nothing that was committed before is left unsealed: whoever finds an event dated long before
    an older checkpoint knows that it was slipped in. A place outside that cannot be reached is
    logged and gets it with the next one.
    """
    after = first_unsealed()
    made = None
    while made is None:
        made, after = make_if_all_is_sealed(after, reason)
    publish(made)
    return made


@transaction.atomic
def make_if_all_is_sealed(after: int, reason: str) -> tuple[AuditCheckpoint | None, int]:
    """Seal a batch and, unless there is more, write the checkpoint with it; say where to go on."""
    sealed = seal_some(after, wait=True)
    return (make(reason) if len(sealed) < BATCH else None), further(after, sealed)


def make(reason: str, *, pruned_seq: int | None = None) -> AuditCheckpoint:
    """Write a checkpoint; the caller is the one sealer, in a transaction."""
    last = AuditCheckpoint.objects.first()
    seq, chain = head()
    if pruned_seq is None:
        pruned_seq = last.pruned_seq if last else 0
    key = keys.signing_key()
    made = AuditCheckpoint(
        number=last.number + 1 if last else 1,
        reason=reason[:300],
        seq=seq,
        chain=chain,
        event_count=seq - pruned_seq,
        previous=last.digest if last else NO_CHECKPOINT,
        key_id=keys.public_half(key) if key else "",
    )
    made.body = made.canonical_body()
    made.digest = made.compute_digest()
    made.signature = keys.signature(key, made.body) if key else ""
    AuditCheckpoint.objects.append([made])
    return made


def publish(made: AuditCheckpoint) -> None:
    """Write it to stdout, where logs are collected, and carry it to the places of the settings."""
    try:
        sys.__stdout__.write(made.line())
        sys.__stdout__.flush()
    except (AttributeError, OSError, ValueError) as error:
        logger.warning("checkpoint %s could not be written to stdout: %s", made.number, error)
    deliver()
