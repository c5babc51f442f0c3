"""Bytes become lines: encodings, line ends, what is not text, and lines without end."""

import io

import pytest
from django.core.exceptions import ValidationError

from mediajobs.services.intake.lines import LINE_LENGTH, read_lines


def lines_of(content):
    return list(read_lines(io.BytesIO(content)))


def refusal_of(content):
    with pytest.raises(ValidationError) as refusal:
        lines_of(content)
    return refusal.value.messages[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_with_and_without_bom_and_utf16_are_understood(encoding):
    assert lines_of("naïve,€\nsecond\n".encode(encoding)) == ["naïve,€", "second"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_as_one(end):
    assert lines_of(f"a{end}{end}b".encode()) == ["a", "", "b"]


def test_nothing_gives_no_line():
    assert lines_of(b"") == []


def test_another_encoding_is_refused_with_the_line_that_shows_it():
    content = b"plain\n" * 3000 + "naïve\n".encode("latin-1") + b"plain\n" * 3000
    assert refusal_of(content).startswith("Line 3001 is not text")


def test_binary_is_refused():
    assert refusal_of(b"\x7fELF\x02\x01\x00\x00").startswith("Line 1 is not text")


def test_utf16_without_a_mark_is_refused():
    assert "UTF-8" in refusal_of("abc\ndef".encode("utf-16-le"))


def test_half_a_character_at_the_end_is_refused():
    assert refusal_of("one\nnaï".encode()[:-1]).startswith("Line 2 is not text")


def test_a_line_without_end_comes_cut_and_the_next_one_keeps_its_place():
    long, following = lines_of(b"x" * (5 * LINE_LENGTH) + b"\nnext")
    assert len(long) == LINE_LENGTH + 1
    assert following == "next"


def test_the_longest_line_comes_whole():
    assert lines_of(b"x" * LINE_LENGTH + b"\ny") == ["x" * LINE_LENGTH, "y"]


def test_the_stream_stays_open_for_its_owner():
    stream = io.BytesIO(b"a\n")
    list(read_lines(stream))
    assert not stream.closed
