"""The one webhook of the app, and what it is told when jobs end (contract section 6)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from .bodies import status_body
from .jobs import FAILED, RUNNING, SimulatedJob
from .replies import Reply, as_json
from .request import Request

WEBHOOKS_PATH = "/media/webhooks"
LATE_SECONDS = 5.0
AFTERWARDS = 0.5
DELIVERY_FAULTS = {
    "webhook_missing": "a delivery is never sent",
    "webhook_late": "a delivery comes five seconds late",
    "webhook_doubled": "a delivery comes twice",
    "webhook_disordered": "after a delivery an older one comes, in which the job still runs",
    "webhook_forged": "before a delivery comes one that lies, without the registered headers",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A POST to make, after so many seconds."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0


class Slot:
    """The place for one webhook, and the jobs whose end it waits for."""

    def __init__(self, random: Random, draw: Callable[[str], str]) -> None:
        self._random, self._draw = random, draw
        self._webhook: dict[str, Any] = {}
        self._watched: dict[str, SimulatedJob] = {}
        self.is_array = True  # a sample shows the answer to GET as an array, clients an object

    def watch(self, jobs: Iterable[SimulatedJob], now: float) -> None:
        """Tell of the end of these jobs too, if anybody is to be told."""
        if self._webhook:
            self._watched |= {job.job_id: job for job in jobs if now < job.ends_at}

    def answer(self, request: Request, jobs: Iterable[SimulatedJob]) -> Reply:
        if request.method == "GET":
            return self._show()
        present, asked_for = self._webhook, request.query.get("id", "")
        if request.method == "POST" and present:
            return request.refused(409, "There is a webhook already: update it.")
        if request.method != "POST" and not (present and present["webhook_id"] == asked_for):
            return request.refused(404, "There is no such webhook.")
        if request.method == "DELETE":
            self._webhook, self._watched = {}, {}
            return as_json(200, {"webhook_id": asked_for})
        return self._put(request, asked_for, jobs)

    def due(self, now: float) -> list[Delivery]:
        """Take the deliveries about the jobs that have ended since this was last asked."""
        ended = [job for job in self._watched.values() if now >= job.ends_at]
        for job in ended:
            del self._watched[job.job_id]
        return [each for job in ended for each in self._about(job, now)]

    def _show(self) -> Reply:
        found = [self._webhook] if self._webhook else []
        return as_json(200, found if self.is_array else self._webhook)

    def _put(self, request: Request, webhook_id: str, jobs: Iterable[SimulatedJob]) -> Reply:
        try:
            callback = json.loads(request.body)["callback"]
            url, headers = callback["url"], callback.get("headers", {})
            is_sound = url.startswith(("http://", "https://")) and isinstance(headers, dict)
        except (ValueError, TypeError, KeyError, AttributeError):
            is_sound = False
        if not is_sound:
            return request.refused(400, "callback must hold a url and may hold headers.")
        webhook_id = webhook_id or f"webhook-{self._random.getrandbits(128):032x}"
        self._webhook = {"webhook_id": webhook_id, "callback": {"url": url, "headers": headers}}
        self.watch(jobs, request.now)
        return as_json(200, {"webhook_id": webhook_id})

    def _about(self, job: SimulatedJob, now: float) -> list[Delivery]:
        fault = self._draw("delivery")
        truth = status_body(job, now) | {"job_id": job.job_id}
        told = self._telling(truth)
        match fault:
            case "webhook_missing":
                return []
            case "webhook_late":
                return [replace(told, delay=LATE_SECONDS)]
            case "webhook_doubled":
                return [told, told]
            case "webhook_disordered":
                older = self._telling(truth | {"status": RUNNING, "progress": 50})
                return [told, replace(older, delay=AFTERWARDS)]
            case "webhook_forged":
                lie = self._telling(truth | {"status": FAILED})
                return [replace(lie, headers={}), told]
        return [told]

    def _telling(self, body: Mapping[str, Any]) -> Delivery:
        callback = self._webhook["callback"]
        return Delivery(callback["url"], callback["headers"], json.dumps(body).encode())
