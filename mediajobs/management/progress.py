"""One line on stderr that tells how far a command has come."""

import time

from django.core.management.base import OutputWrapper

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Rewrites its line on a terminal; elsewhere writes a new line every few seconds."""

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._shown, self._shown_at = "", float("-inf")

    def show(self, words: str) -> None:
        is_terminal = self._stream.isatty()
        waited = time.monotonic() - self._shown_at
        if words == self._shown or (not is_terminal and waited < SECONDS_BETWEEN_LINES):
            return
        start, ending = ("\r\x1b[K", "") if is_terminal else ("", "\n")
        self._stream.write(start + words, style_func=str, ending=ending)
        self._stream.flush()
        self._shown, self._shown_at = words, time.monotonic()

    def end(self) -> None:
        """Leave the line as it stands; what is written next begins below it."""
        if self._shown and self._stream.isatty():
            self._stream.write("")
