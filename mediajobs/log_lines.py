"""Lines of the log: what comes from outside cannot pretend to be a line of its own."""

import logging


class LogLine(logging.Formatter):
    """Writes line breaks and control characters of a message as \\n, \\x1b; not of a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        line = super().formatMessage(record)
        return "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode() for each in line
        )
