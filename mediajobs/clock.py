"""The clock of the engine: Celery's, which goes on at once where the machine's was set back."""

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

#: No entry was sent so far ahead of now, unless by a clock that was wrong.
AHEAD = timedelta(seconds=1)


class Clock(PersistentScheduler):
    """Counts as sent now what was sent by a clock that was ahead.

    Celery would send nothing until that time has come again, also after it was started anew.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; return how many seconds to wait."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at > now + AHEAD:
                entry.last_run_at, self._heap = now, None
        return super().tick(*args, **kwargs)
