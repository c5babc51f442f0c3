"""The vendor's word that a job has ended: taken in, kept, and only ever a hint to look."""

from mediajobs.services.webhooks.follow import drop_old, follow
from mediajobs.services.webhooks.receive import HEADER, NotStored, Refused, receive
from mediajobs.services.webhooks.refusals import refusals

__all__ = ["HEADER", "NotStored", "Refused", "drop_old", "follow", "receive", "refusals"]
