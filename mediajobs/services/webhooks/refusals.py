"""Deliveries with a wrong secret: counted, and told to the trail at most once a minute."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from django.db import DatabaseError
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind, Channel
from mediajobs.services.audit import Actor, record

logger = logging.getLogger(__name__)

MINUTE = 60.0


class Refusals:
    """How many there were in this process since they were last told of, and the newest address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._count, self._address, self._told_at = 0, "", -MINUTE

    def add(self, count: int, address: str) -> None:
        with self._lock:
            self._count += count
            self._address = address

    def take(self) -> tuple[int, str]:
        """Give the count once a minute, else 0, and the newest address."""
        with self._lock:
            if not self._count or self.clock() - self._told_at < MINUTE:
                return 0, ""
            count, self._count, self._told_at = self._count, 0, self.clock()
            return count, self._address


refusals = Refusals()


def note_refusal(address: str) -> None:
    """Count a delivery with a wrong secret."""
    refusals.add(1, address)
    tell_of_refusals()


def tell_of_refusals() -> None:
    """Put the count on record, if that is due; what cannot be told now is told later."""
    count, address = refusals.take()
    if not count:
        return
    try:
        is_told = record_refusals(count, address)
    except DatabaseError as error:
        logger.warning("%s rejected deliveries could not be recorded: %s", count, error)
        is_told = False
    if not is_told:
        refusals.add(count, address)


def record_refusals(count: int, address: str) -> bool:
    """Record them; False while another process has done so within the minute."""
    last_minute = timezone.now() - timedelta(seconds=MINUTE)
    if AuditEvent.objects.filter(kind=AuditKind.WEBHOOK_REJECTED, at__gt=last_minute).exists():
        return False
    words = "1 delivery" if count == 1 else f"{count:,} deliveries"
    detail = f"{words} without a right secret; the newest came from {address or 'nowhere'}."
    by = Actor(name="webhook", channel=Channel.WEBHOOK, address=address)
    record(AuditKind.WEBHOOK_REJECTED, by, detail=detail)
    return True
