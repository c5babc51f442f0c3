"""Just enough of HTTP/1.1 on bare bytes: a request taken off a buffer, an answer written."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl

from .replies import Reply, problem

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
MOST_HEAD_BYTES = 32 * 1024
MOST_BODY_BYTES = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"
PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Asked(NamedTuple):
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    keeps_alive: bool


class UnreadableError(ValueError):
    """What came is no request that can be answered; `reply` says why, then hang up."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def take_request(buffer: bytearray) -> Asked | None:
    """Take the first whole request off the buffer; None as long as there is none.

    Raises UnreadableError for a head of no sense, and for a body that is chunked or over
    64 KiB.
    """
    end = buffer.find(END_OF_HEAD, 0, MOST_HEAD_BYTES)
    if end < 0:
        if len(buffer) >= MOST_HEAD_BYTES:
            raise unreadable(431, "The head of the request is too long.")
        return None
    line, _, lines = bytes(buffer[:end]).partition(b"\r\n")
    method, target, version = request_line(line)
    headers, length = headers_of(lines)
    if length is None:
        raise unreadable(400, "The body cannot be read.", target)
    start = end + len(END_OF_HEAD)
    if len(buffer) < start + length:
        return None
    body = bytes(buffer[start : start + length])
    del buffer[: start + length]
    path, _, query = target.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    return Asked(method, path, asked, headers, body, keeps_alive(version, headers))


def request_line(line: bytes) -> tuple[str, str, str]:
    """Split the first line into method, target and version."""
    words = line.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise unreadable(400, "The first line is not one of HTTP/1.1.")
    method, target, version = words
    if method not in METHODS:
        raise unreadable(501, f"Nothing here answers to {method}.", target)
    return method, target, version


@lru_cache(maxsize=256)  # a client sends the same head again and again
def headers_of(lines: bytes) -> tuple[Mapping[str, str], int | None]:
    """Read the header lines; give the length of the body too, None if it cannot be read."""
    headers: dict[str, str] = {}
    for line in lines.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().title()] = value.strip()
    return MappingProxyType(headers), body_length(headers)


def body_length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("Content-Length", "0")
    is_number = length.isascii() and length.isdigit() and len(length) < 10
    if not is_number or "Transfer-Encoding" in headers or int(length) > MOST_BODY_BYTES:
        return None
    return int(length)


def keeps_alive(version: str, headers: Mapping[str, str]) -> bool:
    wish = headers.get("Connection", "").lower()
    return wish == "keep-alive" if version == "HTTP/1.0" else wish != "close"


def unreadable(status: int, detail: str, target: str = "") -> UnreadableError:
    return UnreadableError(problem(status, PHRASES[status], detail, target))


def written(reply: Reply) -> bytes:
    """Write an answer, head and body in one piece."""
    lines = [f"HTTP/1.1 {reply.status} {PHRASES.get(reply.status, '')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += [f"Content-Length: {len(reply.body)}", "\r\n"]
    return "\r\n".join(lines).encode("latin-1") + reply.body
