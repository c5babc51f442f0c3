"""The whole remote side as one object: jobs that live by a clock, one function that answers."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import faults as fault_table
from .bodies import status_body
from .jobs import ACTIVE, CANCELLED, PATHS, RUNNING, SUCCESS, Draft, SimulatedJob, plan_job
from .journal import Entry, Journal
from .listing import BadQueryError, JobList
from .population import crowd, newcomer, seeded
from .replies import Reply, as_json, cancel_accepted, from_gateway
from .request import Request
from .tokens import TOKEN_PATH, Credentials, TokenDesk
from .webhooks import WEBHOOKS_PATH, Delivery, Slot

CANCEL_PATH = "/media/jobs/cancel"
ROUTES = {
    ("POST", TOKEN_PATH): "token",
    ("GET", "/media/jobs"): "jobs",
    ("POST", CANCEL_PATH): "cancel",
    **{("GET", path): "status" for path in PATHS},
    **{(method, WEBHOOKS_PATH): "webhooks" for method in ("GET", "POST", "PUT", "DELETE")},
}


@dataclass(slots=True)
class Growth:
    """New jobs keep arriving: one every `every` seconds, `left` more."""

    every: float
    left: int
    due_at: float


class World:
    """The media API of contract sections 1 to 6; no threads, no sockets, one clock.

    What the contract leaves open is a setting: `cancel_delay` (seconds from an accepted cancel to
    Cancelled; None draws 0.5 to 2), and the HTTP status of a cancel that comes after the end of
    the job (`finished_cancel_status`) or a second time (`repeated_cancel_status`). The fault
    `redirect` points at the address `redirect_to`.
    """

    def __init__(
        self,
        seed: int = 1,
        clock: Callable[[], float] = time.time,
        latency: float = 0.0,
        faults: Mapping[str, float] | None = None,
        token: str | None = None,
        app_key: str | None = None,
        app_secret: str | None = None,
    ) -> None:
        self.clock = clock
        self.latency = latency
        self.static_token, self.app_key, self.app_secret = token, app_key, app_secret
        self.cancel_delay: float | None = None
        self.finished_cancel_status = 409
        self.repeated_cancel_status = 200
        self.redirect_to = "http://127.0.0.1:9"
        self.journal = Journal()
        self._list = JobList()
        self._growth: Growth | None = None
        self.random = seeded("jobs", seed)
        self._faults = fault_table.Faults(faults or {}, seeded("faults", seed))
        self._desk = TokenDesk(clock, seeded("tokens", seed))
        self.webhook = Slot(seeded("webhooks", seed), self._faults.draw)

    @property
    def jobs(self) -> dict[str, SimulatedJob]:
        return self._list.jobs

    @property
    def faults(self) -> Mapping[str, float]:
        return self._faults.rates

    @faults.setter
    def faults(self, rates: Mapping[str, float]) -> None:
        self._faults.rates = rates

    def fault_next(self, *names: str) -> None:
        """Order faults for the coming calls, one each: fault_next("cancel.lost", "throttle")."""
        self._faults.order(*names)

    def job(self, job_id: str) -> SimulatedJob:
        return self._list.jobs[job_id]

    def cancels(self, job_id: str) -> int:
        """Count the cancel requests that arrived for a job, whatever they were answered."""
        return self.journal.cancels[job_id]

    def void_tokens(self) -> None:
        self._desk.void()

    def add_job(
        self,
        path: str = "/media/transcode",
        status: str = RUNNING,
        *,
        job_id: str | None = None,
        seconds_left: float | None = None,
        submitted_ago: float = 60.0,
        ending: str = SUCCESS,
    ) -> str:
        """Add a job that has `status` now; without `seconds_left` it stays so for ever."""
        draft = Draft(path, status, submitted_ago, seconds_left, ending)
        return self._add(self.clock(), draft, job_id)

    def populate(self, count: int, *, active: float | None = None, lasting: float = 0.0) -> None:
        """Add jobs of all paths and statuses; see population.crowd for the two shares."""
        now = self.clock()
        share = 1 / 3 if active is None else active
        drafts = list(crowd(self.random, count, active=share, lasting=lasting))
        for draft in sorted(drafts, key=lambda draft: -draft.submitted_ago):
            self._add(now, draft)

    def grow(self, every: float, most: int) -> None:
        """Let a new job arrive every so many seconds until `most` have come."""
        self._growth = Growth(every, most, self.clock() + every)

    def due_deliveries(self) -> list[Delivery]:
        """Take what the webhook is to be told by now; whoever asks makes the calls."""
        now = self.clock()
        self._let_newcomers_in(now)
        return self.webhook.due(now)

    def handle(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> Reply:
        """Answer one request.

        The caller waits the reply's `delay`, and drops the connection when it says `lose`.
        """
        request = Request(method, path, query, headers, body, self.clock())
        self._let_newcomers_in(request.now)
        call = ROUTES.get((method, path), "")
        reply = self._spoiled(call, request) if call else from_gateway(404, "Not Found")
        reply.delay += self.latency
        self._note(call, request, reply)
        return reply

    def _spoiled(self, call: str, request: Request) -> Reply:
        credentials = Credentials(self.app_key, self.app_secret, self.static_token)
        if call != "token" and not self._desk.accepts(request.headers, credentials):
            return request.refused(401, "The token is missing, wrong or expired.")
        request.fault = self._faults.draw(call)
        instead = fault_table.INSTEAD.get(request.fault)
        if instead:
            return instead(request.path)
        if request.fault == "redirect":
            return fault_table.redirect(self.redirect_to, request.path)
        if call == "token":
            return self._desk.answer(request.headers, request.body, credentials)
        answer = {
            "jobs": self._page,
            "status": self._status,
            "cancel": self._cancel,
            "webhooks": self._webhooks,
        }[call]
        return fault_table.afterwards(request, answer(request))

    def _webhooks(self, request: Request) -> Reply:
        return self.webhook.answer(request, self._list.jobs.values())

    def _page(self, request: Request) -> Reply:
        try:
            return as_json(200, self._list.page(request.query, request.now))
        except BadQueryError as bad:
            return request.refused(400, str(bad))

    def _status(self, request: Request) -> Reply:
        job = self._asked_for(request)
        if isinstance(job, Reply):
            return job
        if job.path != request.path:
            return request.refused(404, "There is no such job.")
        return as_json(200, status_body(job, request.now))

    def _cancel(self, request: Request) -> Reply:
        job = self._asked_for(request)
        if isinstance(job, Reply):
            return job
        if not request.has_json():
            return request.refused(400, "The body is not JSON.")
        if job.status_at(request.now) not in ACTIVE:
            return self._cancel_reply(request, self.finished_cancel_status)
        if request.fault == "refuse":
            return self._cancel_reply(request, 409)
        repeated = job.cancel_requested_at is not None
        self._plan_cancel(job, request)
        return self._cancel_reply(request, self.repeated_cancel_status if repeated else 200)

    def _cancel_reply(self, request: Request, status: int) -> Reply:
        if status == 200:
            return cancel_accepted()
        return request.refused(status, "The job cannot be cancelled.")

    def _plan_cancel(self, job: SimulatedJob, request: Request) -> None:
        drawn = self.random.uniform(0.5, 2.0)
        at = request.now + (drawn if self.cancel_delay is None else self.cancel_delay)
        job.note_cancel(request.now)
        if request.fault == "finish_anyway":
            job.finish_by(at)
        elif request.fault != "never":
            job.settle(CANCELLED, at)

    def _asked_for(self, request: Request) -> SimulatedJob | Reply:
        if not request.job_id.strip():
            return request.refused(400, "job_id is missing or empty.")
        job = self._list.jobs.get(request.job_id)
        if job is None or job.expires_at <= request.now:
            return request.refused(404, "There is no such job.")
        return job

    def _add(self, now: float, draft: Draft, job_id: str | None = None) -> str:
        job_id = job_id or str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        job = plan_job(job_id, draft, now=now, clock=self.clock, random=self.random)
        self._list.add(job)
        self.webhook.watch([job], now)
        return job_id

    def _let_newcomers_in(self, now: float) -> None:
        growth = self._growth
        while growth and growth.left and growth.due_at <= now:
            self._add(growth.due_at, newcomer(self.random))
            growth.due_at += growth.every
            growth.left -= 1

    def _note(self, call: str, request: Request, reply: Reply) -> None:
        entry = Entry(
            at=request.now,
            method=request.method,
            path=request.path,
            job_id=request.job_id,
            status=reply.status,
            fault=request.fault,
            delay=reply.delay,
        )
        self.journal.note(entry, is_cancel=call == "cancel")
