"""The places for calls under way, given out in the order in which they were asked for."""

import threading
from collections import deque


class Places:
    """A semaphore that is fair: who gives a place back does not take it again past a waiter.

    One of `threading` lets the many senders of a batch keep a single look waiting for ever.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @property
    def are_all_taken(self) -> bool:
        return not self._free

    def acquire(self, timeout: float) -> bool:
        """Take a place, or wait for one in line; say whether one came within `timeout` seconds."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return True
        with self._lock:
            if turn.is_set():  # it came at the last moment
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        """Hand the place to the first in line, or put it back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
