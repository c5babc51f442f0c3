"""What the simulated API answers: a Reply for every request, and the shapes of its bodies."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0  # seconds that the server waits before it answers
    lose: bool = False  # the connection is dropped without an answer


def as_json(status: int, body: object, content_type: str = "application/json") -> Reply:
    return Reply(status, {"Content-Type": content_type}, json.dumps(body).encode())


def problem(status: int, title: str, detail: str, instance: str) -> Reply:
    """Answer with problem details, the shape of the API's own errors (contract section 4)."""
    body = {
        "type": "/problems/" + title.lower().replace(" ", "-"),
        "title": title,
        "status": status,
        "instance": instance,
        "detail": detail,
    }
    return as_json(status, body, "application/problem+json")


def from_gateway(status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer as the gateway in front of the API does: a bare message (contract section 4)."""
    reply = as_json(status, {"message": message})
    reply.headers.update(headers or {})
    return reply


def cancel_accepted() -> Reply:
    """Say that the wish was noted; names neither the job nor its status (contract section 3)."""
    return as_json(
        200,
        {
            "status": 200,
            "title": "Cancel request received",
            "detail": "Cancellation will be attempted. Check the status of the job.",
        },
    )
