"""How fast we may go: calls in flight, calls a second, the remote's own wishes, and a breaker."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from mediajobs.remote.breaker import BackOff, Breaker
from mediajobs.remote.errors import (
    HeldBack,
    MediaError,
    NoLongerWanted,
    NotSent,
    RemoteFailing,
    RemotePausing,
    Throttled,
    Unclear,
)
from mediajobs.remote.places import Places
from mediajobs.remote.rate import Rate

MAX_WAIT = 5.0  # seconds
CROWDED = 6.0  # seconds for which a call that found no room is a warning to others
#: So many of the calls that come in masses await their turn, the others stand behind them in line.
AT_THE_HEAD = 2
BURST = 0.1  # seconds' worth of calls that may go out at once after a quiet moment


@dataclass(frozen=True, slots=True)
class PacingSnapshot:
    """How the remote's health looks from here; times in seconds from now."""

    reads_open: bool
    cancels_open: bool
    backing_off_for: float
    per_second: float
    most_per_second: float
    queued_for: float
    is_crowded: bool
    is_slow: bool  # crowded because all calls that may be under way await their answer


class Shared(Protocol):
    """A rate that other processes keep too."""

    def wait(self, seconds: float) -> bool:
        """Wait for leave; say whether it came in time."""


class Pacing:
    """One budget for all threads of a process: every call takes a turn.

    The exception that leaves a turn tells how the remote is: Unclear and NotSent count as failures,
    429 and 503 ask everybody to pause, 429 also halves the rate, anything else is a sign of life.
    Reads and cancels have a breaker each: a remote that can be read may still take no cancel.
    With `shared` every call also takes its place among those of the other processes.
    """

    def __init__(
        self,
        max_in_flight: int,
        max_per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        max_wait: float = MAX_WAIT,
        jitter: Callable[[], float] = random.random,
        shared: Shared | None = None,
    ) -> None:
        self._in_flight = Places(max_in_flight)
        self._head_of_line = Places(AT_THE_HEAD)
        self._rate = Rate(max_per_second)
        self._shared = shared
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._max_wait = max_wait
        self._lock = threading.Lock()
        self._next_slot = self._crowded_until = self._slow_until = 0.0
        self.reads, self.cancels, self._back_off = Breaker(), Breaker(), BackOff()

    @contextmanager
    def turn(self, breaker: Breaker | None = None, *, in_line: bool = False) -> Iterator[None]:
        """Wait for a turn and hold it for one call: a read, or what else the breaker is of.

        Calls that come in masses wait `in_line`, so that a look at a job goes out after few.
        Raises RemoteFailing at once while that breaker is open; instead of waiting longer than
        MAX_WAIT, RemotePausing if the remote turns calls away, and HeldBack otherwise. A place in
        flight is held for the call alone, not while the turn is awaited: a batch that waits for
        its pace leaves room for a single look.
        """
        breaker = breaker or self.reads
        is_probe = self._wait_in_line(breaker) if in_line else self._wait(breaker)
        try:
            yield from self._in_flight_turn(breaker, is_probe)
        finally:
            if is_probe:
                with self._lock:
                    breaker.probe_ended()

    def count_another(self) -> None:
        """Let a call that is sent a second time within its turn count for the rate."""
        with self._lock:
            now = self._clock()
            self._next_slot = max(self._next_slot, now) + 1.0 / self._rate.at(now)

    def _in_flight_turn(self, breaker: Breaker, is_probe: bool) -> Iterator[None]:
        if not self._in_flight.acquire(timeout=self._max_wait):
            raise self._held_back("Too many calls are under way; again in a moment.", 1.0)
        try:
            if not is_probe:
                self._refuse_if_failing(breaker)
            yield from self._watched(breaker, is_probe)
        finally:
            self._in_flight.release()

    def snapshot(self) -> PacingSnapshot:
        """Show the present state, for a page or a health check."""
        with self._lock:
            now = self._clock()
            return PacingSnapshot(
                reads_open=self.reads.is_open,
                cancels_open=self.cancels.is_open,
                backing_off_for=max(0.0, self._back_off.until - now),
                per_second=self._rate.at(now),
                most_per_second=self._rate.most,
                queued_for=max(0.0, self._next_slot - now),
                is_crowded=now < self._crowded_until,
                is_slow=now < self._slow_until,
            )

    def _held_back(self, sentence: str, retry_after: float) -> HeldBack:
        self._crowded_until = self._clock() + CROWDED
        self._slow_until = self._crowded_until if self._in_flight.are_all_taken else 0.0
        return HeldBack(sentence, retry_after=retry_after)

    def _refuse_if_failing(self, breaker: Breaker) -> None:
        with self._lock:
            self._raise_if_open(breaker)

    def _raise_if_open(self, breaker: Breaker) -> None:
        seconds = breaker.refuses_for(self._clock())
        if seconds > 0:
            raise RemoteFailing(
                f"The media API is failing; the next attempt may go out in {seconds:.0f} s.",
                retry_after=seconds,
            )

    def _wait_in_line(self, breaker: Breaker) -> bool:
        """Wait for a place at its head, and from then on as long as any other call."""
        if not self._head_of_line.acquire(timeout=self._max_wait):
            raise self._held_back("Too many calls wait for their turn; again in a moment.", 1.0)
        try:
            return self._wait(breaker)
        finally:
            self._head_of_line.release()

    def _wait(self, breaker: Breaker) -> bool:
        """Sleep until this call's turn has come; say whether the call is the breaker's probe."""
        give_up_at = self._clock() + self._max_wait
        slot, has_leave = self._reserve(give_up_at), self._shared is None
        while True:
            with self._lock:
                self._raise_if_open(breaker)
                wait = self._seconds_until(slot, give_up_at)
                if wait <= 0 and has_leave:
                    breaker.probing = breaker.is_open
                    return breaker.probing
            if wait > 0:
                self._sleep(wait)
            else:
                self._ask_the_others(give_up_at)
                has_leave = True

    def _ask_the_others(self, give_up_at: float) -> None:
        """Wait for leave of the other workers; without it, take half as much from now on."""
        asked_at = self._clock()
        if self._shared and not self._shared.wait(give_up_at - asked_at):
            with self._lock:
                self._rate.halve(self._clock(), started_at=asked_at)
            raise self._held_back("All workers together are at their rate.", 1.0)

    def _reserve(self, give_up_at: float) -> float:
        """Take the next place in the even row of calls, unless it lies too far ahead."""
        with self._lock:
            now = self._clock()
            slot = max(self._next_slot, self._back_off.until, now - BURST)
            self._seconds_until(slot, give_up_at)
            self._next_slot = slot + 1.0 / self._rate.at(now)
            return slot

    def _seconds_until(self, slot: float, give_up_at: float) -> float:
        now, pause_ends_at = self._clock(), self._back_off.until
        latest = max(give_up_at, now)
        if pause_ends_at > latest:
            seconds = pause_ends_at - now
            raise RemotePausing(
                f"The media API turns calls away; the next may go out in {seconds:.0f} s.",
                retry_after=seconds,
            )
        if slot > latest:
            raise self._held_back(f"Calls are held back for {slot - now:.0f} s.", slot - now)
        return max(slot, pause_ends_at) - now

    def _watched(self, breaker: Breaker, is_probe: bool) -> Iterator[None]:
        started_at = self._clock()
        try:
            yield
        except NoLongerWanted:
            raise
        except MediaError as error:
            with self._lock:
                self._note(breaker, error, started_at, is_probe)
            raise
        else:
            with self._lock:
                self._succeeded(breaker, started_at)

    def _note(self, breaker: Breaker, error: MediaError, started_at: float, is_probe: bool) -> None:
        now = self._clock()
        http_status = error.answer.http_status if error.answer else None
        if http_status in (429, 503) or isinstance(error, Throttled):  # also of the token endpoint
            self._back_off.asked(
                now, started_at=started_at, retry_after=error.retry_after, jitter=self._jitter()
            )
        if http_status == 429:
            self._rate.halve(now, started_at=started_at)
        if isinstance(error, NotSent | Unclear):
            breaker.failed(now, was_probe=is_probe)
        elif http_status == 429:
            breaker.succeeded()
        else:
            self._succeeded(breaker, started_at)

    def _succeeded(self, breaker: Breaker, started_at: float) -> None:
        breaker.succeeded()
        self._back_off.succeeded(started_at=started_at)
