"""The two brakes that all callers share, as plain arithmetic: no clock and no lock of their own."""

from dataclasses import dataclass

FAILURES_TO_OPEN = 10
OPEN_FOR = (15.0, 30.0, 60.0)
LONGEST_BACK_OFF = 60.0


@dataclass(slots=True)
class Breaker:
    """Opens after ten failures in a row; then one probe at a time, until one succeeds."""

    consecutive_failures: int = 0
    open_until: float = 0.0
    openings: int = 0
    probing: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether calls are held (a probe may still be due)."""
        return self.openings > 0

    def refuses_for(self, now: float) -> float:
        """Seconds until a call may go out; 0 if one may now (as the probe, while open)."""
        if not self.is_open:
            return 0.0
        if now < self.open_until:
            return self.open_until - now
        return 1.0 if self.probing else 0.0

    def succeeded(self) -> None:
        """The remote answered: close."""
        self.consecutive_failures, self.openings, self.probing = 0, 0, False

    def failed(self, now: float, *, was_probe: bool) -> None:
        """Count a failure; calls that were under way when it opened do not open it further."""
        self.consecutive_failures += 1
        if was_probe or (not self.is_open and self.consecutive_failures >= FAILURES_TO_OPEN):
            self.open_until = now + OPEN_FOR[min(self.openings, len(OPEN_FOR) - 1)]
            self.openings += 1

    def probe_ended(self) -> None:
        """Let another probe go, whatever became of this one."""
        self.probing = False


@dataclass(slots=True)
class BackOff:
    """A pause after 429 or 503: as long as the remote asked for, or else a guess that grows."""

    until: float = 0.0
    asked_at: float = 0.0
    level: int = 0

    def asked(
        self, now: float, *, started_at: float, retry_after: float | None, jitter: float
    ) -> None:
        """Pause; of many calls under way together, only the first makes the next pause longer."""
        if not retry_after and started_at < self.asked_at:
            return
        if started_at >= self.asked_at:
            self.asked_at, self.level = now, self.level + 1
        steps = min(2.0 ** min(self.level - 1, 10), LONGEST_BACK_OFF)
        # Half of it is chance, so that several processes do not come back together.
        self.until = max(self.until, now + (retry_after or steps * (0.5 + jitter / 2)))

    def succeeded(self, *, started_at: float) -> None:
        """Begin at one second again, if the call went out after the last pause was asked for."""
        if started_at >= self.asked_at:
            self.level = 0
