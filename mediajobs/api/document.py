"""The document of the API (OpenAPI 3.1), and the page that shows it to people."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from mediajobs.api.pages import chapters, shapes
from mediajobs.api.problems import MEDIA_TYPE, MOST_LISTED, RETRY_SECONDS

PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "What is wrong (RFC 9457), in sentences for whoever mends it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "errors": {
            "type": "array",
            "description": f"Each mistake, up to {MOST_LISTED} of them.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "index": {"type": "integer", "description": "Of the row, where many came."},
                    "parameter": {"type": "string", "description": "Of the address or header."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
OF_ALL = {
    401: "There is no token, or it opens nothing.",
    403: "The token lacks the scope.",
    422: "Something asked for cannot be: errors say what and where. Nothing was done.",
    500: "The panel made a mistake. Nothing was changed.",
    503: f"The database is away or busy: send it again after Retry-After ({RETRY_SECONDS} s).",
}
OF_READS = {404: "The panel knows no such thing, or this token does not see it."}
OF_DEEDS = {
    400: "The body is no JSON, or names something twice in one object.",
    411: "The body came without a Content-Length.",
    413: "The body is too big.",
    415: "The body is of another type than JSON, or in another charset than UTF-8.",
}


class PipelineAPI(NinjaAPI):
    """Tells in its document also what can go wrong, and which scope opens what."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **about: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**about)
        parts = document["components"]
        parts["schemas"]["Problem"] = PROBLEM
        described = OF_ALL | OF_READS | OF_DEEDS
        parts["responses"] = {str(status): failure(words) for status, words in described.items()}
        for operations in document["paths"].values():
            for method, operation in operations.items():
                complete(operation, OF_DEEDS if method == "post" else OF_READS)
        return document


def failure(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {MEDIA_TYPE: {"schema": schema}}}


def complete(operation: dict[str, Any], failures: dict[int, str]) -> None:
    """Add to an operation what can go wrong with it, and mend what ninja writes of it."""
    for status in sorted(OF_ALL | failures):
        ref = {"$ref": f"#/components/responses/{status}"}
        operation["responses"].setdefault(status, ref)
    for parameter in operation.get("parameters", ()):
        parameter.pop("examples", None)  # a list, as the schema has it and a parameter may not
    operation["security"] = [
        {name: [operation["x-scope"]]} for each in operation["security"] for name in each
    ]


class Page(DocsBase):
    """Our own: the usual ones need scripts from elsewhere, which the panel's policy refuses."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        document = api.get_openapi_schema()
        context = {
            "title": document["info"]["title"],
            "address": request.build_absolute_uri(reverse("api:api-root")),
            "chapters": chapters(document),
            "shapes": shapes(document),
        }
        return render(request, "api/document.html", context)
