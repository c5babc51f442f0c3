"""Lines of the log: what comes from outside cannot pretend to be a line of its own."""

import logging
from typing import Any


class LogLine(logging.Formatter):
    """Writes control characters of a message as \\n, \\x1b; the lines of a traceback indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- logging's name
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"    {escaped(line)}" for line in lines)


class Unexpected(logging.Filter):
    """Leaves out the 503 of the health pages: it is their answer, and no error of the panel."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        is_health = request is not None and request.path.startswith("/healthz/")
        return not (is_health and record.status_code == 503)


def escaped(line: str) -> str:
    if line.isprintable():  # as most are
        return line
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in line
    )
