"""What may reach the remote, by the times in its journal: how much at once, how fast, and when;
and how long anything may wait for a worker."""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mediajobs.models import AttemptState, AuditKind
from mediajobs.models.attempt import LIVE_STATES
from mediajobs.simulator.tokens import TOKEN_PATH

BURST = 0.1  # seconds' worth of calls that a worker may make at once after a quiet moment
WINDOWS = (1.0, 5.0)  # seconds


class Limits(NamedTuple):
    """What each of the workers is set to; `restarts`: of those that were killed, soon replaced.

    `working_since`: when the last of them was started, in seconds since 1970. `pick_up`: for so
    many seconds after its lease may an item wait for them, `patience`: after its next look is due.
    """

    in_flight: int
    per_second: int
    workers: int = 1
    restarts: int = 0
    working_since: float = 0.0
    pick_up: float = 300.0
    patience: float = 300.0


def broken_limits(limits, world):
    turns = sorted(entry for entry in world.journal if took_a_turn(entry))
    yield from too_many_at_once(limits, turns)
    for seconds in WINDOWS:
        yield from too_many_within(seconds, limits, turns)


def took_a_turn(entry):
    """Whether a request waited for its turn: a second try within a call, and a token, do not.

    The tries that were answered 401 or 403, and reads that broke off, are followed by such.
    """
    is_broken_read = entry.method == "GET" and entry.fault in ("lost", "reset")
    return entry.path != TOKEN_PATH and entry.status not in (401, 403) and not is_broken_read


def too_many_at_once(limits, turns):
    most = limits.in_flight * limits.workers
    changes = [(entry.at, 1) for entry in turns]
    changes += [(entry.at + entry.delay, -1) for entry in turns]
    count = 0
    for at, change in sorted(changes):
        count += change
        if count > most:
            yield f"{count} requests were under way at {at:.3f}; {most} may be."
            return


def too_many_within(seconds, limits, turns):
    """A request may reach the remote late, but no more of them than may be under way."""
    slack = (limits.in_flight + BURST * limits.per_second) * (limits.workers + limits.restarts)
    most = limits.per_second * limits.workers * seconds + slack
    times = [entry.at for entry in turns]
    for place, at in enumerate(times):
        count = bisect_right(times, at + seconds) - place
        if count > most:
            yield f"{count} requests came within {seconds} s from {at:.3f}; {most:.0f} may."
            return


def early_requests(world, events):
    """No request arrives before the event that says that it is to be sent."""
    intents = defaultdict(list)
    for event in events:
        if event.kind == AuditKind.CANCEL_SENT:
            intents[event.job_id].append(event.at.timestamp())
    arrived = defaultdict(int)
    for entry in world.journal:
        if entry.method == "POST" and entry.job_id:
            # Within one call a request whose credentials were refused goes out a second time.
            arrived[entry.job_id] += entry.status not in (401, 403)
            least = max(1, arrived[entry.job_id])
            if bisect_right(intents[entry.job_id], entry.at) < least:
                yield f"Job {entry.job_id} was asked for before the trail said so."


def stuck(attempts, limits, now):
    """While a worker runs, nothing waits much longer for it than it must.

    `now`: when the rows were read; to check those of a large batch may take longer than a lease.
    """
    working_since = datetime.fromtimestamp(limits.working_since, UTC)
    for attempt in attempts:
        if attempt.state not in LIVE_STATES:
            continue
        is_sending = attempt.state == AttemptState.SENDING
        moment = attempt.lease_expires_at if is_sending else attempt.verify_at
        patience = timedelta(seconds=limits.pick_up if is_sending else limits.patience)
        if moment is None:
            yield "Never will anybody see to", attempt
        elif max(moment, working_since) < now - patience:
            yield f"Since {moment:%H:%M:%S} UTC nobody sees to", attempt
