"""How many calls a second: halved when the remote asks for fewer, and creeping back."""

from dataclasses import dataclass, field

#: Of `most`, what comes back each second: from a half to the whole in half a minute.
CREEP = 1 / 60
#: However often it is halved, so many calls a second remain (or `most`, if that is less).
LEAST = 1.0


@dataclass(slots=True)
class Rate:
    """Plain arithmetic without clock or lock; moments in seconds of any one clock."""

    most: float
    _lost: float = field(default=0.0, init=False)
    _changed_at: float = field(default=0.0, init=False)

    def at(self, now: float) -> float:
        """Say how many calls a second may go out now."""
        return self.most - self._lost_at(now)

    def halve(self, now: float, *, started_at: float) -> None:
        """Take half of it; of many calls under way together, only the first does."""
        if self._lost and started_at < self._changed_at:
            return
        self._lost = self.most - max(min(LEAST, self.most), self.at(now) / 2)
        self._changed_at = now

    def _lost_at(self, now: float) -> float:
        return max(0.0, self._lost - (now - self._changed_at) * self.most * CREEP)
