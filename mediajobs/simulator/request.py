"""One request that reached the world, and how it is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from .replies import Reply, problem

TITLES = {
    400: "Validation error",
    401: "Unauthorized",
    404: "Not found",
    409: "Conflict",
    410: "Gone",
    422: "Unprocessable",
}


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: float
    fault: str = ""

    @property
    def job_id(self) -> str:
        return self.query.get("job_id", "")

    def has_json(self) -> bool:
        """Say whether the body can be read; an empty one can (contract section 3)."""
        try:
            json.loads(self.body or b"{}")
        except ValueError:
            return False
        return True

    def refused(self, status: int, detail: str) -> Reply:
        return problem(status, TITLES.get(status, "Refused"), detail, self.path)
