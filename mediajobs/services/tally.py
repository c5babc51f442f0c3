"""What would flood the trail: counted, and told in one event at most once a minute."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from django.db import Error
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.models.job import AHEAD
from mediajobs.services.audit import Actor, record

logger = logging.getLogger(__name__)

MINUTE = 60.0
NOBODY = Actor(name="", channel="")
#: Those of this process that have something to tell.
untold: set["Tally"] = set()


def tell_untold() -> None:
    """Put on record what is counted, where that is due; call it at whatever comes regularly."""
    for tally in list(untold):
        tally.tell()


class Tally:
    """How many there were in this process since they were last told of, and who came last.

    `words` writes the detail of the event of this `kind` from both; `about` are lookups that find
    the events of the same, where there are others of this kind.
    """

    def __init__(
        self,
        kind: AuditKind,
        words: Callable[[int, Actor], str],
        clock: Callable[[], float] = time.monotonic,
        **about: str,
    ) -> None:
        self.kind, self.words, self.clock, self.about = kind, words, clock, about
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._count, self._newest, self._told_at = 0, NOBODY, -MINUTE
        untold.discard(self)

    def add(self, count: int, newest: Actor) -> None:
        with self._lock:
            self._count += count
            self._newest = newest
            untold.add(self)

    def take(self) -> tuple[int, Actor]:
        """Give the count once a minute, else 0, and who came last."""
        with self._lock:
            if not self._count or self.clock() - self._told_at < MINUTE:
                return 0, NOBODY
            count, self._count, self._told_at = self._count, 0, self.clock()
            untold.discard(self)
            return count, self._newest

    def note(self, newest: Actor) -> None:
        """Count one more."""
        self.add(1, newest)
        self.tell()

    def tell(self) -> None:
        """Put the count on record, if that is due; what cannot be told now is told later."""
        count, newest = self.take()
        if not count:
            return
        try:
            is_told = self._record(count, newest)
        except Error as error:
            logger.warning("%s × %s could not be recorded: %s", count, self.kind, error)
            is_told = False
        if not is_told:
            self.add(count, newest)

    def _record(self, count: int, newest: Actor) -> bool:
        """Record them; False while another process has done so within the minute."""
        now = timezone.now()
        same = AuditEvent.objects.filter(kind=self.kind, **self.about)
        # What lies ahead was told by a clock that was wrong, and says nothing of this minute.
        if same.filter(at__gt=now - timedelta(seconds=MINUTE), at__lte=now + AHEAD).exists():
            return False
        record(self.kind, newest, detail=self.words(count, newest))
        return True
