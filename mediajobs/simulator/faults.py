"""What can go wrong on order: the table of faults, who gets one, and what it does to an answer."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from .poison import POISONS
from .replies import Reply, from_gateway, problem
from .request import Request
from .webhooks import DELIVERY_FAULTS

FAULTS = {
    "throttle": "429 with Retry-After: 1, nothing done",
    "throttle_silent": "429 without Retry-After, nothing done",
    "throttle_ages": "429 with Retry-After: 999999999, nothing done",
    "throttle_minus": "429 with Retry-After: -1, nothing done",
    "throttle_2099": "429 with a Retry-After in the year 2099, nothing done",
    "error": "500 before anything is done",
    "error_after": "500 although it was done",
    "unavailable": "503 with Retry-After: 2, nothing done",
    "unavailable_silent": "503 without Retry-After, nothing done",
    "lost": "done, then the connection is dropped without an answer",
    "reset": "the connection is dropped before anything is done",
    "slow": "done at once, answered three seconds later",
    "refuse": "a cancel is answered 409 although the job runs",
    "finish_anyway": "a cancel is accepted, the job ends as Success all the same",
    "never": "a cancel is accepted, the job runs on as if nothing had been said",
    "html": "502 with an HTML page, nothing done",
    "echo": "done, answered 200 with the headers of the request in its words",
    "garbage": "done, answered 200 with broken JSON",
    "deep": "done, answered 200 with JSON nested 30,000 deep",
    "nested": "done, answered 200 with an error nested 700 deep, which parsers read",
    "nul": "done, answered 200 with NUL and half a character in its words",
    "not_utf8": "done, answered 200 with bytes that are no UTF-8",
    "bomb": "done, answered 200 with 100 MB packed into 100 kB by gzip",
    "huge": "done, answered 200 with 100 MB",
    "redirect": "307 to another address, nothing done",
    "unauthorized": "401 as if the token had expired, nothing done",
    "gone": "404 from the gateway, as if the API had been switched off",
    "token_error": "the token endpoint answers 500",
    **DELIVERY_FAULTS,
}
CANCEL_ONLY = frozenset({"refuse", "finish_anyway", "never"})
CALLS = (
    "cancel",
    "status",
    "jobs",
    "webhooks",
)  # a name may be limited to one kind of call: cancel.lost
SLOW_SECONDS = 3.0
IN_2099 = "Wed, 01 Jul 2099 00:00:00 GMT"

INSTEAD: dict[str, Callable[[str], Reply]] = {
    "throttle": lambda path: _throttle("1"),
    "throttle_silent": lambda path: from_gateway(429, "Too Many Requests"),
    "throttle_ages": lambda path: _throttle("999999999"),
    "throttle_minus": lambda path: _throttle("-1"),
    "throttle_2099": lambda path: _throttle(IN_2099),
    "error": lambda path: problem(500, "Internal error", "Something went wrong.", path),
    "unavailable": lambda path: from_gateway(503, "Service Unavailable", {"Retry-After": "2"}),
    "unavailable_silent": lambda path: from_gateway(503, "Service Unavailable"),
    "reset": lambda path: Reply(0, lose=True),
    "html": lambda path: _page(502, "Bad Gateway"),
    "unauthorized": lambda path: problem(401, "Unauthorized", "The token has expired.", path),
    "gone": lambda path: from_gateway(404, "Not Found"),
    "token_error": lambda path: problem(500, "Internal error", "Something went wrong.", path),
}


class Faults:
    """Who gets which fault: some by lot at a rate, some ordered for the next call."""

    def __init__(self, rates: Mapping[str, float], random: Random) -> None:
        self.rates = rates
        self._random = random
        self._ordered: deque[str] = deque()

    @property
    def rates(self) -> Mapping[str, float]:
        return MappingProxyType(self._rates)

    @rates.setter
    def rates(self, rates: Mapping[str, float]) -> None:
        for name, rate in rates.items():
            check(name, rate)
        self._rates = dict(rates)

    def order(self, *names: str) -> None:
        """Give each of these faults to one coming call that it applies to, in this order."""
        for name in names:
            check(name, 1.0)
        self._ordered.extend(names)

    def draw(self, call: str) -> str:
        """Name the fault of this call, "" for none."""
        for name in self._ordered:
            if applies(name, call):
                self._ordered.remove(name)
                return bare(name)
        for name, rate in self._rates.items():
            if applies(name, call) and self._random.random() < rate:
                return bare(name)
        return ""


def check(name: str, rate: float) -> None:
    """Raise ValueError, with a sentence, for a fault or a rate that does not exist."""
    limited_to, _, fault = name.rpartition(".")
    if fault not in FAULTS:
        raise ValueError(f"There is no fault called {name!r}; choose from {', '.join(FAULTS)}.")
    if limited_to and limited_to not in CALLS:
        raise ValueError(f"{name!r}: a fault can be limited to {', '.join(CALLS)} calls only.")
    if limited_to and not applies(name, limited_to):
        raise ValueError(f"{name!r} can never happen: {FAULTS[fault]}.")
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"The rate of {name!r} must lie between 0 and 1, not {rate}.")


def applies(name: str, call: str) -> bool:
    limited_to, _, fault = name.rpartition(".")
    if call == "token" or fault == "token_error":
        return call == "token" and fault == "token_error"
    if call == "delivery" or fault in DELIVERY_FAULTS:
        return call == "delivery" and fault in DELIVERY_FAULTS
    if fault in CANCEL_ONLY and call != "cancel":
        return False
    return limited_to in ("", call)


def bare(name: str) -> str:
    return name.rpartition(".")[2]


def afterwards(request: Request, reply: Reply) -> Reply:
    """Spoil the answer to a deed that was done."""
    match request.fault:
        case "error_after":
            return problem(500, "Internal error", "Something went wrong.", request.path)
        case "echo":
            body = json.loads(reply.body) | {"headers": dict(request.headers)}
            return replace(reply, body=json.dumps(body).encode())
        case "lost":
            return replace(reply, lose=True)
        case "slow":
            return replace(reply, delay=reply.delay + SLOW_SECONDS)
        case "garbage":
            return Reply(200, {"Content-Type": "application/json"}, b'{"status": 200, "tit')
    if request.fault in POISONS:
        return replace(POISONS[request.fault](), delay=reply.delay)
    return reply


def redirect(target: str, path: str) -> Reply:
    return Reply(307, {"Location": target + path})


def _throttle(retry_after: str) -> Reply:
    return from_gateway(429, "Too Many Requests", {"Retry-After": retry_after})


def _page(status: int, title: str) -> Reply:
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, {"Content-Type": "text/html"}, page.encode())
