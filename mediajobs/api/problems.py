"""What is wrong, told to machines: problem details (RFC 9457) for every answer that is an error."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
#: So many mistakes are listed; the others are counted.
MOST_LISTED = 100
NO_TOKEN = "Send the token of a client: “Authorization: Bearer mjp_…”. Administrators make them."  # noqa: S105 -- a sentence
#: For errors that come from elsewhere in the house.
SENTENCES = {
    400: "The request cannot be read: its address, its host name or its form is not what HTTP is.",
    401: NO_TOKEN,
    403: "This may not be done with this token.",
    404: "There is nothing at this address. /api/openapi.json names what there is.",
    405: "This address does not take this method; the header Allow names those that it takes.",
    500: "The panel made a mistake; its log says more. Nothing was changed.",
    503: "The database does not answer, or is busy. Nothing is known to be changed: send the same "
    "request again, under the same Idempotency-Key, after so many seconds as Retry-After says.",
}


class Problem(Exception):  # noqa: N818 -- what it becomes is called so
    """Something wrong with a request: `detail` says what, and what to do."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, Any]] | None = None):
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors or []

    @property
    def response(self) -> HttpResponse:
        return into_problem(HttpResponse(status=self.status), self.detail, self.errors)


def into_problem(
    response: HttpResponse, detail: str, errors: list[dict[str, Any]] | None = None
) -> HttpResponse:
    """Turn an answer into problem details; its status and its other headers stay."""
    response.content = written(response.status_code, detail, errors)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Length"] = str(len(response.content))
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="media jobs"'
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def written(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> str:
    """Write problem details; of many mistakes, the first."""
    facts = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        facts["errors"] = errors[:MOST_LISTED]
        if len(errors) > MOST_LISTED:
            facts["detail"] += f" The first {MOST_LISTED} of {len(errors):,} mistakes are listed."
    return json.dumps(facts)


def for_machines(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let no error page reach a pipeline, whichever part of the panel it comes from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path_info.startswith(PREFIX):
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        is_told = response.headers.get("Content-Type") == MEDIA_TYPE
        if response.status_code < HTTPStatus.BAD_REQUEST or is_told:
            return response
        words = SENTENCES.get(response.status_code, "The panel cannot carry this out.")
        return into_problem(response, words)

    return middleware
