"""Reading the body of a request: how much, of which kind, and whether it is JSON at all."""

import json
from collections import Counter
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from mediajobs.api.mistakes import NAME_LENGTH
from mediajobs.api.problems import Problem

MEGABYTES = 4
MOST_BYTES = MEGABYTES * 1024 * 1024
JSON_TYPE = "application/json"


def check_headers(request: HttpRequest) -> None:
    """Raise Problem unless the body may be read."""
    if "Transfer-Encoding" in request.headers:
        raise Problem(411, "Send the body whole, with a Content-Length; chunks are not taken.")
    length = int(request.META.get("CONTENT_LENGTH") or 0)  # a number: the server saw to it
    if length > MOST_BYTES:
        raise Problem(
            413, f"The body has {length:,} bytes; the most is {MEGABYTES} MiB. Send fewer at once."
        )
    if length and request.content_type != JSON_TYPE:
        raise Problem(415, f"Send JSON, with “Content-Type: {JSON_TYPE}”.")


class StrictParser(Parser):
    """Takes JSON as the standard has it: UTF-8, no NaN, and no name twice in an object."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(
            request.body.decode(), parse_constant=refuse_constant, object_pairs_hook=each_once
        )


class NamedTwice(ValueError):  # noqa: N818 -- it says what is wrong with an object
    """An object has two values under one name, of which one would be passed over."""


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its names and values; raises NamedTwice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NamedTwice(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return found


def refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def unreadable(error: BaseException | None) -> str:
    """Say why a body is no JSON."""
    match error:
        case NamedTwice(args=(name,)):
            return f"The body names “{name[:NAME_LENGTH]}” twice in one object: send it once."
        case json.JSONDecodeError():
            return f"The body is no JSON: {error.msg}, line {error.lineno} column {error.colno}."
        case UnicodeDecodeError():
            return "The body is not written in UTF-8."
        case RecursionError():
            return "The body is nested too deeply."
    return "The body holds a number that is none, or is too long to be one."
