"""How far old events were removed, as the newest checkpoint says that counts."""

from contextlib import closing

from mediajobs.models import AuditCheckpoint
from mediajobs.models.checkpoint import FIRST_NUMBER
from mediajobs.services.audit import keys
from mediajobs.services.audit.verify_export import is_signed


def pruned_seq() -> int:
    """Give the last link that was removed with its event, 0 where none was."""
    newest = newest_that_counts()
    return newest.pruned_seq if newest else 0


def newest_that_counts() -> AuditCheckpoint | None:
    """Give the newest checkpoint that is signed with a key known here; the newest where none is.

    Whoever may add checkpoints may let one say what they like.
    """
    rows, known = AuditCheckpoint.objects.filter(number__gte=FIRST_NUMBER), keys.known_keys()
    newest = rows.first()
    if newest is None or (newest.key_id in known and is_as_signed(newest)):
        return newest
    with closing(rows.filter(key_id__in=known).iterator(chunk_size=1)) as newest_first:
        return next(filter(is_as_signed, newest_first), newest)


def is_as_signed(checkpoint: AuditCheckpoint) -> bool:
    is_ours = is_signed(checkpoint.key_id, checkpoint.signature, checkpoint.body)
    return is_ours and checkpoint.body == checkpoint.canonical_body()
