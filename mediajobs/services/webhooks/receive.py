"""Taking a delivery in: it is stored whole, and nothing in it is believed."""

import hashlib
import hmac
import json

from django.conf import settings

from mediajobs.models import DeliveryState, WebhookDelivery
from mediajobs.models.job import REMOTE_ID
from mediajobs.services.webhooks.refusals import note_refusal
from mediajobs.services.webhooks.store import NotStored, store

__all__ = ["HEADER", "NotStored", "Refused", "receive"]

#: The contract knows no signature: our secret comes back in a header that we registered.
HEADER = "X-Panel-Secret"


class Refused(Exception):  # noqa: N818 -- it says what happened to the delivery
    """The delivery is not taken; the text says why."""


def receive(body: bytes, *, secret: str, job_id: str, app: int | None, address: str) -> None:
    """Take in a delivery; once this returns it is stored for good, and a worker will follow it.

    `job_id` is the header of that name, for callbacks whose body names no job (contract
    section 6). Raises Refused for a wrong secret, of which only the number is kept, and for a
    body that cannot be read, which is stored all the same; NotStored when the database fails.
    The whole body is kept as text, with U+FFFD for NUL and for what is no UTF-8; the digest is
    of the bytes.
    """
    if not is_known(secret):
        note_refusal(address)
        raise Refused(f"{HEADER} is missing or wrong. Register the webhook again.")
    state, named = judge(body, job_id)
    store(
        WebhookDelivery(
            state=state,
            job_id=named,
            app="settings" if app is None else str(app)[:32],
            address=address,
            body=body.decode("utf-8", "replace").replace("\x00", "\ufffd"),
            digest=hashlib.sha256(body).hexdigest(),
        )
    )
    if state == DeliveryState.UNREADABLE:
        raise Refused("The body is not JSON, and no header names a job. Send JSON with a job_id.")


def is_known(secret: str) -> bool:
    """Compare with each of our secrets, in a time that tells nothing of them."""
    given = secret.encode("utf-8", "replace")
    known = [each.encode() for each in settings.MEDIA_WEBHOOK_SECRETS]
    return any([hmac.compare_digest(given, each) for each in known])  # noqa: C419 -- all of them


def judge(body: bytes, header: str) -> tuple[DeliveryState, str]:
    """Find the job that a delivery is about, in its body or else in a header.

    Of an array the first object counts: nobody has seen one, and the sweep finds the others.
    """
    try:
        content, is_json = json.loads(body), True
    except (ValueError, RecursionError):
        content, is_json = None, False
    first = content[0] if isinstance(content, list) and content else content
    said = first.get("job_id") if isinstance(first, dict) else None
    for each in (said, header):
        if isinstance(each, str) and REMOTE_ID.fullmatch(each):
            return DeliveryState.RECEIVED, each
    return (DeliveryState.UNKNOWN if is_json else DeliveryState.UNREADABLE), ""
