"""The document of the API turned into what the template of its page shows."""

import json
from dataclasses import dataclass
from typing import Any

LIMITS = {
    "maxLength": "up to {:,} characters",
    "minItems": "at least {:,}",
    "maxItems": "at most {:,}",
    "minimum": "from {:,}",
    "maximum": "to {:,}",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A field or a parameter; `shape` names the shape that it has, or holds a list of."""

    name: str
    place: str
    kind: str
    shape: str
    is_required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    words: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: list[Line]
    body: str
    example: str
    answers: list[tuple[str, str, str]]


def chapters(document: dict[str, Any]) -> list[Chapter]:
    """Tell of each operation in the order of the document."""
    return [
        chapter(document, path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def chapter(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Chapter:
    body = schema_in(operation.get("requestBody", {}))
    return Chapter(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        words=operation.get("description", ""),
        scope=operation["x-scope"],
        parameters=parameters_of(operation),
        body=shape_of(body),
        example=example(document, shape_of(body)),
        answers=[
            (str(status), *answer(document, each))
            for status, each in operation["responses"].items()
        ],
    )


def shapes(document: dict[str, Any]) -> list[Shape]:
    """Tell of each kind of object that comes or goes."""
    return [
        Shape(name, schema.get("description", ""), fields_of(schema))
        for name, schema in document["components"]["schemas"].items()
    ]


def fields_of(schema: dict[str, Any]) -> list[Line]:
    needed = schema.get("required", [])
    fields = schema.get("properties", {})
    return [line(name, each, is_required=name in needed) for name, each in fields.items()]


def parameters_of(operation: dict[str, Any]) -> list[Line]:
    return [
        line(each["name"], each["schema"], is_required=each["required"], place=each["in"])
        for each in operation["parameters"]
    ]


def line(name: str, schema: dict[str, Any], *, is_required: bool, place: str = "") -> Line:
    words = schema.get("description", "")
    sent = kind(schema).removesuffix(" or null") if place else kind(schema)
    return Line(name, place, sent, shape_of(schema), is_required, words)


def kind(schema: dict[str, Any]) -> str:
    """Write what a value may be: "text, up to 200 characters"."""
    if "anyOf" in schema:
        return " or ".join(kind(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(schema.get("enum") or [json.dumps(schema["const"])])
    if "$ref" in schema:
        return "object"
    words = {
        "string": "text",
        "array": "list",
        "integer": "whole number",
        "boolean": "true or false",
    }
    word = words.get(schema.get("type"), schema.get("type", "anything"))
    if word == "list" and "$ref" not in schema["items"]:
        word += f" of {kind(schema['items'])}"
    word = "time" if schema.get("format") == "date-time" else word
    limits = [limit.format(schema[name]) for name, limit in LIMITS.items() if name in schema]
    return ", ".join([word, *limits])


def shape_of(schema: dict[str, Any]) -> str:
    """Name the shape that a value has, or that those in a list have, or ""."""
    found = [schema, schema.get("items", {}), *schema.get("anyOf", []), *schema.get("allOf", [])]
    return next((each["$ref"].rpartition("/")[2] for each in found if "$ref" in each), "")


def schema_in(content: dict[str, Any]) -> dict[str, Any]:
    """Take the schema out of a body or an answer, of whatever media type."""
    return next((each["schema"] for each in content.get("content", {}).values()), {})


def answer(document: dict[str, Any], response: dict[str, Any]) -> tuple[str, str]:
    """Tell of an answer: its words, its shape."""
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response["description"], shape_of(schema_in(response))


def example(document: dict[str, Any], shape: str) -> str:
    examples = document["components"]["schemas"].get(shape, {}).get("examples", [])
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else ""
