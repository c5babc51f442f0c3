"""Each mistake in a request in a sentence, with the place where it is."""

from typing import Any

from django.http import HttpRequest
from ninja.errors import ValidationError
from pydantic import BaseModel

from mediajobs.api.problems import Problem

NOT_AN_OBJECT = "Write an object, in braces."
NO_TIME = "Write a time with its zone, such as 2026-01-31T14:30:00Z."
SENTENCES = {
    "missing": "It is missing.",
    "extra_forbidden": "There is no such field. /api/openapi.json names all.",
    "string_type": "Write a text.",
    "string_unicode": "It holds half a character, which is no text.",
    "string_too_long": "Shorten it to {max_length:,} characters.",
    "string_too_short": "It is empty.",
    "string_pattern_mismatch": "Write up to 255 visible characters of ASCII, without spaces.",
    "bool_type": "Write true or false.",
    "list_type": "Write a list, in brackets.",
    "too_short": "The list is empty. Give at least one.",
    "too_long": "It has more than {max_length:,}, the most at once.",
    "literal_error": "Write one of these: {expected}.",
    "int_parsing": "Write a whole number.",
    "int_parsing_size": "Write a smaller number.",
    "greater_than_equal": "Write a number of at least {ge:,}.",
    "less_than_equal": "Write a number of at most {le:,}.",
    "value_error": "{error}",
    "model_type": NOT_AN_OBJECT,
    "model_attributes_type": NOT_AN_OBJECT,
}
NAME_LENGTH = 80


def mistakes(error: ValidationError) -> list[dict[str, Any]]:
    """List what is wrong with a request, in its order."""
    return [{**place(each["loc"]), "detail": sentence(each)} for each in error.errors]


def sentence(error: dict[str, Any]) -> str:
    words = SENTENCES.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else f"{error['msg']}."


def place(location: tuple[str | int, ...]) -> dict[str, Any]:
    """Say where: a JSON pointer into the body, with the row if it is one of many; or a name."""
    source, *rest = location
    if source != "body":
        return {"parameter": str(rest[-1])}
    steps = rest[1:]  # the first one is our own name for the body
    where: dict[str, Any] = {"pointer": pointer(*steps)}
    if len(steps) > 1 and isinstance(steps[1], int):
        where["index"] = steps[1]
    return where


def pointer(*steps: str | int) -> str:
    """Write a JSON pointer (RFC 6901); of names that somebody made up, the beginning."""
    escaped = (str(step)[:NAME_LENGTH].replace("~", "~0").replace("/", "~1") for step in steps)
    return "".join(f"/{step}" for step in escaped)


def only_known(request: HttpRequest, query: type[BaseModel]) -> None:
    """Raise Problem for a parameter that is not there, or there twice: it would be passed over."""
    errors = [
        {"parameter": name[:NAME_LENGTH], "detail": wrong}
        for name, values in request.GET.lists()
        if (wrong := what_is_wrong(name, len(values), query))
    ]
    if errors:
        raise Problem(422, "The address asks for what there is not.", errors)


def what_is_wrong(name: str, count: int, query: type[BaseModel]) -> str:
    if name not in query.model_fields:
        return f"There is no such parameter; there are: {', '.join(query.model_fields)}."
    return "It is there twice." if count > 1 else ""
