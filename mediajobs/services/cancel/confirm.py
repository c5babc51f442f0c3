"""Releasing a draft to the workers."""

import logging
import unicodedata

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind, BatchState, CancelBatch, ReasonCategory
from mediajobs.services.audit import Actor, hash_at_end, record
from mediajobs.services.cancel.draft import check_owner, check_right, chosen_words
from mediajobs.services.engine import wake

logger = logging.getLogger(__name__)

REASON_LENGTH = 2000
#: Letters and symbols by their category, and yet nothing to see: fillers, the empty braille.
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"


@transaction.atomic
def confirm(
    batch: CancelBatch,
    *,
    by: Actor,
    category: str,
    reason: str,
    mails_requester: bool = False,
    inline: bool = False,
) -> bool:
    """Release a frozen batch to the workers; say whether this call was the one that did.

    One guarded UPDATE from draft to running, its audit event in the same transaction: a
    double click or a second tab gets False. Raises ValidationError without a good reason
    and PermissionDenied if `by` did not draft it or may not cancel this many jobs. Sends
    nothing; with `inline` the caller runs it and no worker is woken. With `mails_requester`
    `by` is told by e-mail when the batch ends or stops.
    """
    check_confirmer(batch, by=by)
    reason = check_reason(category, reason)
    now = timezone.now()
    facts = {
        "reason_category": category,
        "reason": reason,
        "mails_requester": mails_requester,
        "channel": by.channel,
        "address": by.address,
        "user_agent": by.user_agent,
        "request_id": by.request_id,
        "confirmed_at": now,
        "worked_at": now,
    }
    if not batch.move(BatchState.DRAFT, to=BatchState.RUNNING, **facts):
        return False
    words = f"{ReasonCategory(category).label}: {reason}"
    detail = chosen_words(batch)
    check_jobs(batch, detail)
    record(AuditKind.BATCH_CONFIRMED, by, batch=batch, reason=words, detail=detail)
    if not inline:
        wake(batch)
    return True


def check_confirmer(batch: CancelBatch, *, by: Actor) -> None:
    """Raise PermissionDenied unless `by` drafted the batch and may cancel so many jobs."""
    check_owner(batch, by, "confirm")
    check_right(by, batch.frozen_count)


def check_jobs(batch: CancelBatch, words: str) -> None:
    """Raise ValidationError unless the jobs are those that the trail has of the draft.

    Older drafts have no hash there, none is without an event, and whoever may add events may add
    another.
    """
    drafts = AuditEvent.objects.filter(kind=AuditKind.BATCH_DRAFTED, batch_id=batch.pk)
    told = {hash_at_end(detail) for detail in drafts.values_list("detail", flat=True)}
    if not told or not told <= {"", hash_at_end(words)}:
        logger.error("draft %s is not as it was drafted; it was not released", batch.pk)
        raise ValidationError(
            "These are not the jobs that were selected: somebody has changed the draft in the "
            "database. Nothing was released. Tell whoever looks after the panel, and select again."
        )


def check_reason(category: str, reason: str) -> str:
    """Return the reason without outer spaces; raise ValidationError when it will not do."""
    reason = reason.strip()
    if category not in ReasonCategory.values:
        raise ValidationError({"category": "Choose what kind of reason it is."})
    if not any(map(is_visible, reason)):
        raise ValidationError({"reason": "Write why, for whoever reads the record later."})
    if "\x00" in reason or reason.encode(errors="ignore").decode() != reason:
        raise ValidationError({"reason": "The reason holds what is no text. Write it anew."})
    if len(reason) > REASON_LENGTH:
        raise ValidationError(
            {
                "reason": f"The reason has {len(reason):,} characters; "
                f"shorten it to {REASON_LENGTH:,}."
            }
        )
    return reason


def is_visible(character: str) -> bool:
    """Whether it is a letter, a number, a sign or a symbol that leaves a trace on paper."""
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANKS
