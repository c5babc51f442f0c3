"""A message is one line, a traceback stays many."""

import logging
import sys

from mediajobs.log_lines import LogLine


def written(message, exc_info=None):
    record = logging.LogRecord("name", logging.ERROR, __file__, 1, message, (), exc_info)
    return LogLine("{name} {message}", style="{").format(record)


def test_what_would_break_a_line_or_command_a_terminal_is_written_out():
    assert written("a\nb\r\x1b[31m\u202e\u2028\ud800 é日") == (
        r"name a\nb\r\x1b[31m\u202e\u2028\ud800 é日"
    )


def test_a_traceback_keeps_its_lines_and_none_of_them_looks_like_another_message():
    try:
        raise ValueError("broken\nname forged\x1b[31m")
    except ValueError:
        lines = written("it broke", sys.exc_info()).splitlines()
    assert lines[:2] == ["name it broke", "    Traceback (most recent call last):"]
    assert lines[-2:] == ["    ValueError: broken", r"    name forged\x1b[31m"]
