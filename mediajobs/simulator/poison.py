"""Answers that hurt whoever reads them without care."""

import functools
import gzip

from .replies import Reply

HUGE_BYTES = 100 * 1024 * 1024
DEPTH = 30_000  # nested deeper than any parser goes, and still below 64 KiB
READABLE_DEPTH = 700
JSON = {"Content-Type": "application/json"}


def deep() -> Reply:
    return Reply(200, dict(JSON), b'{"status":' + b"[" * DEPTH + b"]" * DEPTH + b"}")


def nested() -> Reply:
    """Lists that a parser reads, and that are deeper than a function may call itself."""
    lists = b"[" * READABLE_DEPTH + b"]" * READABLE_DEPTH
    return Reply(200, dict(JSON), b'{"status": "Odd", "error": ' + lists + b"}")


def nul() -> Reply:
    """Words with the one character that no PostgreSQL text holds, and half of another."""
    body = rb'{"status": "Od\u0000d", "title": "\u0000", "detail": "\ud800", "path": "\u0000"}'
    return Reply(200, dict(JSON), body)


def not_utf8() -> Reply:
    return Reply(200, dict(JSON), b'{"status": "\xff\xfe\xc3(", "title": "\xed\xa0\x80"} \x00\x80')


def bomb() -> Reply:
    """A hundred megabytes in a hundred kilobytes."""
    return Reply(200, JSON | {"Content-Encoding": "gzip"}, _bomb())


def huge() -> Reply:
    return Reply(200, dict(JSON), _huge())


@functools.cache
def _huge() -> bytes:
    return b'{"status": "' + b"x" * HUGE_BYTES + b'"}'


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(_huge(), compresslevel=9)


POISONS = {
    "deep": deep,
    "nested": nested,
    "nul": nul,
    "not_utf8": not_utf8,
    "bomb": bomb,
    "huge": huge,
}
