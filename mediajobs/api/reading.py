"""Reading the body of a request: how much, of which kind, and whether it is JSON at all."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

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
    """Takes JSON as the standard has it: UTF-8, and no NaN."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body.decode(), parse_constant=refuse_constant)


def refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def unreadable(error: BaseException | None) -> str:
    """Say why a body is no JSON."""
    match error:
        case json.JSONDecodeError():
            return f"The body is no JSON: {error.msg}, line {error.lineno} column {error.colno}."
        case UnicodeDecodeError():
            return "The body is not written in UTF-8."
        case RecursionError():
            return "The body is nested too deeply."
    return "The body holds a number that is none, or is too long to be one."
