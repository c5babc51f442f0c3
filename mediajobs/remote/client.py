"""MediaClient: the calls that the panel makes."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from mediajobs.remote import answers, webhooks
from mediajobs.remote.again import ask_patiently
from mediajobs.remote.auth import Auth
from mediajobs.remote.deadline import refuse_unless
from mediajobs.remote.errors import (
    JobNotFound,
    MediaError,
    Rejected,
    Unclear,
    WebhookNotFound,
)
from mediajobs.remote.pacing import Pacing
from mediajobs.remote.trail import Trail
from mediajobs.remote.types import EARLIEST, LATEST, Answer, JobReport
from mediajobs.remote.wire import Line, Patience, Received, always

JOBS_PATH = "/media/jobs"
CANCEL_PATH = "/media/jobs/cancel"
WEBHOOKS_PATH = "/media/webhooks"
SHORTEST_SECRET = 8  # a shorter token would be found inside ordinary words


class MediaClient:
    """Speaks with the media API; safe to share between threads.

    Every method waits for its turn, and raises a MediaError whose class says what may be done.
    """

    def __init__(
        self,
        *,
        api_url: str,
        auth: Auth,
        pacing: Pacing,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pacing = pacing
        self._sleep = sleep
        self._api_url = api_url.rstrip("/")
        self._auth = auth
        self._line = Line(patience or Patience())

    def status(self, path: str, job_id: str) -> JobReport:
        """Read one job (contract, section 1); ValueError for a path or id that cannot be asked."""
        _check_path(path)
        query = {"job_id": _checked_id(job_id)}
        received = self._call("GET", path, query, unknown=JobNotFound)
        body = answers.body_object(received)
        if body.get("job_id") not in (None, job_id):
            raise answers.unreadable(received, "is about another job")
        report = answers.report_in(received, body, job_id=job_id)
        if report is None or not report.status:
            raise answers.unreadable(received, "does not say the status of a job")
        # It was asked for under this path, and found there: another one in the body is no news.
        return replace(report, path=path, text=answers.evidence(received).text)

    def jobs(
        self,
        *,
        status: str = "",
        submitted_after: datetime | None = None,
        submitted_before: datetime | None = None,
    ) -> Iterator[JobReport]:
        """Read the job list row by row, newest submission first (contract, section 2).

        Both bounds are inclusive and need a time zone.
        """
        for page in self.job_pages(
            status=status, submitted_after=submitted_after, submitted_before=submitted_before
        ):
            yield from page

    def job_pages(
        self,
        *,
        status: str = "",
        submitted_after: datetime | None = None,
        submitted_before: datetime | None = None,
        in_line: bool = False,
    ) -> Iterator[list[JobReport]]:
        """Read the job list page by page, one call each; rows that name no job are left out.

        A page that fails for a passing reason is asked for again before the error is raised.
        `in_line`: behind the cancels that wait for their turn, and not before them.
        """
        bounds = {
            "status": status,
            "submitted_after": _whole_seconds(submitted_after, math.floor),
            "submitted_before": _whole_seconds(submitted_before, math.ceil),
        }
        query = {name: value for name, value in bounds.items() if value}
        trail = Trail()
        while True:
            received = ask_patiently(
                lambda: self._call("GET", JOBS_PATH, query, in_line=in_line), self._sleep
            )
            rows, token = _read_page(received)
            if flaw := trail.flaw_of(rows, token):
                raise answers.unreadable(received, flaw)
            yield rows
            if not token:
                return
            query["next_token"] = token

    def cancel(self, job_id: str, *, still_wanted: Callable[[], bool] = always) -> Answer:
        """Ask for a job's cancellation (contract, section 3); a 2xx is a promise, not the deed.

        `still_wanted` is asked after every wait, just before the request leaves; its no raises
        NoLongerWanted.
        """
        try:
            call = self._call(
                "POST",
                CANCEL_PATH,
                {"job_id": _checked_id(job_id)},
                still_wanted,
                body={},
                unknown=JobNotFound,
                in_line=True,
            )
        except Unclear as error:
            if error.answer and 200 <= error.answer.http_status < 300:
                return error.answer  # it said yes; only its words were lost on the way
            raise
        return answers.evidence(call)

    def webhooks(self) -> list[webhooks.Webhook]:
        """Read what is registered for the app (contract, section 6); there is room for one."""
        try:
            received = self._call("GET", WEBHOOKS_PATH, {}, unknown=WebhookNotFound)
        except WebhookNotFound:
            return []
        return webhooks.read_webhooks(received)

    def register_webhook(
        self, url: str, headers: Mapping[str, str], *, instead_of: str = ""
    ) -> None:
        """Have every job that ends told to `url`, with these headers.

        `instead_of`: the id of the webhook that holds the one place, whosever it is.
        """
        method, query = ("PUT", {"id": instead_of}) if instead_of else ("POST", {})
        unknown = WebhookNotFound if instead_of else None
        body = webhooks.body_for(url, headers)
        self._call(method, WEBHOOKS_PATH, query, body=body, unknown=unknown)

    def remove_webhook(self, webhook_id: str) -> None:
        """Free the one place of the app."""
        self._call("DELETE", WEBHOOKS_PATH, {"id": webhook_id}, unknown=WebhookNotFound)

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        still_wanted: Callable[[], bool] = always,
        *,
        body: dict[str, Any] | None = None,
        unknown: type[Rejected] | None = None,
        in_line: bool = False,
    ) -> Received:
        url = self._api_url + quote(path, safe="/")
        request = requests.Request(method, url, params=query, json=body)
        pacing = self.pacing
        breaker = pacing.cancels if path == CANCEL_PATH else pacing.reads
        with pacing.turn(breaker, in_line=in_line):
            received = self._send(request, still_wanted)
            answers.raise_unless_accepted(received, unknown=unknown)
            return received

    def _send(self, request: requests.Request, still_wanted: Callable[[], bool]) -> Received:
        """Send; after a 401 or 403 (not carried out) once more with a renewed token.

        What keeps the second one from leaving is raised with the answer to the first.
        """
        ends_at = time.monotonic() + self._line.patience.whole
        received, token = self._send_once(request, still_wanted, ends_at)
        if received.status not in (401, 403):
            return received
        try:
            with _nothing_sent():
                is_renewed = self._auth.renew(token)
            if is_renewed:
                self.pacing.count_another()
                received, _ = self._send_once(request, still_wanted, ends_at)
        except MediaError as error:
            if not error.is_sent:
                error.args = (f"HTTP {received.status}, and not sent a second time. {error}",)
                error.answer, error.is_sent = answers.evidence(received), True
            raise
        return received

    def _send_once(
        self, request: requests.Request, still_wanted: Callable[[], bool], ends_at: float
    ) -> tuple[Received, str]:
        with _nothing_sent():
            request.headers = self._auth.header()
        token = request.headers["Authorization"].removeprefix("Bearer ")
        refuse_unless(still_wanted)
        received = self._line.exchange(request, ends_at=ends_at, still_wanted=still_wanted)
        return _without([token, *webhooks.secrets_in(request)], received), token


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """Mark what the credentials raise: where there is no token for it, a call never leaves."""
    try:
        yield
    except MediaError as error:
        error.is_sent = False
        raise


def _check_path(path: str) -> None:
    if not path.startswith("/media/") or ".." in path or set("?#\\") & set(path) or "://" in path:
        raise ValueError(
            f"{path!r} is not a path of the media API: it begins with /media/ and has no query."
        )


def _checked_id(job_id: str) -> str:
    if not job_id.strip() or not job_id.isprintable():
        raise ValueError(f"{job_id!r} is not a job id.")
    return job_id


def _without(secrets: list[str], received: Received) -> Received:
    """Take our secrets out of an answer: gateways quote what they were sent."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            body = received.body.replace(secret.encode(), b"[secret]")
            received = replace(received, body=body)
    return received


def _whole_seconds(moment: datetime | None, rounded: Callable[[float], int]) -> str:
    """Write a bound in the one form that is known to be understood, never narrower than asked.

    Except for years that only nonsense has: they are brought to where real jobs are.
    """
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError("A bound of the job list needs a time zone.")
    seconds = rounded(min(max(moment, EARLIEST), LATEST).timestamp())
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_page(received: Received) -> tuple[list[JobReport], str]:
    body = answers.body_object(received)
    rows, token = body.get("jobs"), body.get("next_token") or ""
    if not isinstance(rows, list) or not isinstance(token, str):
        raise answers.unreadable(received, "does not look like a list of jobs")
    reports = (answers.report_in(received, row) for row in rows if isinstance(row, dict))
    return [report for report in reports if report], token
