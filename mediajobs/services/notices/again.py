"""Sending again what was given up, when somebody asks for it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from mediajobs.models import AuditKind, CancelBatch, NoticeState
from mediajobs.services.audit import Actor, record
from mediajobs.services.engine import wake_notices


@transaction.atomic
def send_again(batch: CancelBatch, number: str, *, by: Actor) -> bool:
    """Have a notice of this batch that was given up tried anew; say whether this call did.

    Raises PermissionDenied unless `by` may steer cancellations.
    """
    if not by.may("bulk_cancel_job"):
        raise PermissionDenied(
            "You have no right to have notices sent again. "
            "Ask somebody of the group “bulk operator”."
        )
    given_up = batch.notices.given_up()
    notice = given_up.filter(pk=number).first() if number.isdecimal() else None
    facts = {"tries": 0, "next_try_at": timezone.now(), "ended_at": None, "problem": ""}
    if notice is None or not notice.move(to=NoticeState.WAITING, **facts):
        return False
    record(AuditKind.NOTICE_QUEUED_AGAIN, by, batch=batch, detail=str(notice))
    wake_notices()
    return True
