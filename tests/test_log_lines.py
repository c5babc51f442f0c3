"""A message is one line, a traceback stays many."""

import logging
import sys

import pytest
from django.test import RequestFactory

from mediajobs.log_lines import LogLine, Unexpected


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


@pytest.mark.parametrize(
    ("address", "status", "is_kept"),
    [("/healthz/", 503, False), ("/healthz/", 500, True), ("/mediajobs/job/", 503, True)],
)
def test_the_answer_of_a_health_page_is_no_error_and_everything_else_is(address, status, is_kept):
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "x", (), None)
    record.request, record.status_code = RequestFactory().get(address), status
    assert Unexpected().filter(record) is is_kept


def test_a_line_that_is_about_no_request_is_kept():
    assert Unexpected().filter(logging.LogRecord("x", logging.INFO, __file__, 1, "x", (), None))
