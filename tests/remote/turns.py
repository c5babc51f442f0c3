"""Turns that tests take, by a clock of their own."""

import contextlib


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def take(pacing, error=None):
    with contextlib.suppress(type(error) if error else ()), pacing.turn():
        if error:
            raise error
