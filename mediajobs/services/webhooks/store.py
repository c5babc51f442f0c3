"""Storing deliveries: one commit for all that come while the one before it is under way.

A commit each would be as slow as the disk.
"""

import logging
import time
from dataclasses import dataclass
from threading import Condition

from django.db import DatabaseError, transaction

from mediajobs.models import WebhookDelivery

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0
#: So long others are waited for: few large groups leave the database free for other processes,
#: whose waiting on SQLite is sleep of up to 100 ms.
GATHER_SECONDS = 0.005


class NotStored(Exception):  # noqa: N818 -- it says what happened to the delivery
    """The delivery may not have been stored: send it again."""


@dataclass(slots=True, eq=False)
class Place:
    """A delivery in the row, and what became of it."""

    delivery: WebhookDelivery
    is_over: bool = False
    is_stored: bool = False


class Row:
    """The deliveries that wait in this process; who finds nobody at work stores them all."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._change = Condition()
        self._waiting: list[Place] = []
        self._is_busy = False

    def store(self, delivery: WebhookDelivery) -> None:
        """Return when it is committed; raises NotStored when the database fails, or is too slow."""
        place = Place(delivery)
        if self._is_first(place):
            self._lead(place)
        if not place.is_stored:
            raise NotStored("The panel cannot store this now. Send it again later.")

    def _is_first(self, place: Place) -> bool:
        """Wait until the delivery is stored, or it is this thread's turn to store all that wait."""
        with self._change:
            self._waiting.append(place)
            self._change.wait_for(lambda: place.is_over or not self._is_busy, self._patience)
            is_first = not (place.is_over or self._is_busy)
            self._is_busy |= is_first
            if not (place.is_over or is_first):
                self._drop(place)
            return is_first

    def _lead(self, first: Place) -> None:
        group, is_stored = [], False
        time.sleep(GATHER_SECONDS)
        try:
            with transaction.atomic(durable=True):
                # On SQLite the lock is waited for above: who comes meanwhile is in the group.
                group = self._take_all()
                WebhookDelivery.objects.bulk_create([place.delivery for place in group])
            is_stored = True
        except DatabaseError as error:
            logger.warning("%s deliveries could not be stored: %s", len(group) or 1, error)
        finally:
            self._end(group or [first], is_stored=is_stored)

    def _take_all(self) -> list[Place]:
        with self._change:
            group, self._waiting = self._waiting, []
            return group

    def _end(self, group: list[Place], *, is_stored: bool) -> None:
        with self._change:
            for place in group:
                place.is_over, place.is_stored = True, is_stored
                self._drop(place)
            self._is_busy = False
            self._change.notify_all()

    def _drop(self, place: Place) -> None:
        if place in self._waiting:
            self._waiting.remove(place)


store = Row().store
