"""Deeds that may be sent twice: the header that says so, and the answer to each."""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja import Header
from pydantic import BaseModel

from mediajobs.services.once import Answer, once

KEY = Header(
    "",
    alias="Idempotency-Key",
    pattern=r"^[\x21-\x7e]{0,255}$",
    description=(
        "Of your making, new for each request. Sent again with the same request, within 24 hours, "
        "it gives the same answer (with Idempotency-Replayed: true) and does nothing; with "
        "another request it is refused. A request that failed may be mended and sent under it "
        "again."
    ),
)


def answer(body: BaseModel, status: int = 200) -> HttpResponse:
    """Tell something, as it is."""
    return written(Answer(status, body.model_dump_json()))


def answer_once(
    request: HttpRequest, key: str, deed: Callable[[], tuple[int, BaseModel]]
) -> HttpResponse:
    """Do the deed and tell its answer; under a key that came before, tell that answer again."""

    def do() -> Answer:
        status, body = deed()
        return Answer(status, body.model_dump_json())

    what = f"{request.method} {request.path_info}\n".encode() + request.body
    request_hash = hashlib.sha256(what).hexdigest()
    return written(once(request.auth, key=key, request_hash=request_hash, deed=do))


def written(told: Answer) -> HttpResponse:
    response = HttpResponse(told.body, status=told.status, content_type="application/json")
    if told.is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return response
