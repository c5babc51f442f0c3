"""The vendor's word that a job has ended: taken in, kept, and only ever a hint to look."""

from mediajobs.services.webhooks.follow import apps_to_follow, drop_old, follow
from mediajobs.services.webhooks.receive import HEADER, NotStored, Refused, receive
from mediajobs.services.webhooks.refusals import refusals
from mediajobs.services.webhooks.register import (
    NotAllowed,
    NotRecorded,
    described,
    is_ours,
    register,
    registered,
    remove,
    url_of,
)

__all__ = [
    "HEADER",
    "NotAllowed",
    "NotRecorded",
    "NotStored",
    "Refused",
    "apps_to_follow",
    "described",
    "drop_old",
    "follow",
    "is_ours",
    "receive",
    "refusals",
    "register",
    "registered",
    "remove",
    "url_of",
]
