"""Whether whoever confirmed a batch may still have it carried out."""

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied

from mediajobs.models import ApiClient, CancelBatch, Channel
from mediajobs.services.audit import Actor
from mediajobs.services.cancel.draft import check_right
from mediajobs.services.cancel.steer import pause_by_engine


def pause_without_right(batch: CancelBatch) -> bool:
    """Pause a batch whose person or pipeline has lost the right to it; say whether it did.

    A batch of the shell has no person. One with a right back is resumed by hand.
    """
    if batch.channel == Channel.COMMAND or has_right(batch):
        return False
    reason = (
        f"{batch.requested_by_name} has no right any more to cancel so many jobs. "
        "Give it back and resume, or abort."
    )
    return pause_by_engine(batch, reason=reason, retry_after=None)


def has_right(batch: CancelBatch) -> bool:
    """Whether person or pipeline is there, active, and may cancel as many jobs as the batch froze.

    Reads them anew: rights, once read, stay with the object.
    """
    if batch.client_id:
        return ApiClient.objects.active().filter(pk=batch.client_id, may_cancel=True).exists()
    user = get_user_model().objects.filter(pk=batch.requested_by_id).first()
    if user is None:
        return False
    try:
        check_right(Actor(user.username, batch.channel, user=user), batch.frozen_count)
    except PermissionDenied:
        return False
    return True
