"""Deliveries with a wrong secret: counted, and told to the trail at most once a minute."""

from mediajobs.models import AuditKind, Channel
from mediajobs.services.audit import Actor
from mediajobs.services.tally import Tally


def words(count: int, newest: Actor) -> str:
    deliveries = "1 delivery" if count == 1 else f"{count:,} deliveries"
    came_from = newest.address or "nowhere"
    return f"{deliveries} without a right secret; the newest came from {came_from}."


refusals = Tally(AuditKind.WEBHOOK_REJECTED, words)


def note_refusal(address: str) -> None:
    """Count a delivery with a wrong secret."""
    refusals.note(Actor(name="webhook", channel=Channel.WEBHOOK, address=address))
