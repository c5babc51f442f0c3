"""Carrying out a batch: claim a slice, send it in threads, write the answers in groups."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import connection

from mediajobs.models import BatchState, CancelAttempt, CancelBatch, Job
from mediajobs.remote import MediaClient, MediaError, RemoteFailing
from mediajobs.services.apps import client_of
from mediajobs.services.cancel.claim import SLICE, claim
from mediajobs.services.cancel.outcome import heed, write
from mediajobs.services.cancel.refusals import REFUSALS, is_about_us, is_heard, of_the_job
from mediajobs.services.cancel.send import Outcome, send
from mediajobs.services.cancel.steer import sweep_aborted
from mediajobs.services.settle import finish

#: Claimed ahead is what the pace allows for so many seconds.
AHEAD_SECONDS = 2.0
#: And for each call that may be under way so many: of fewer the pool runs out during a claim, and
#: the last of these leaves within half a minute, since an answer may be awaited for ten seconds.
AHEAD_CALLS = 4
#: A batch for which others wait works for so many seconds.
SHORT_TURN = 1.0
GROUP = 50
GROUP_SECONDS = 0.25
MOMENT = 0.01
#: So many refusals in a row are about us, and not about the jobs.
REFUSALS_IN_A_ROW = 3

#: How many batches of this process are being sent by each client.
sharing: Counter[MediaClient] = Counter()
sharing_lock = threading.Lock()


@dataclass
class Flight:
    """The requests under way and the answers not yet written."""

    stop: threading.Event  # the caller's, who may share it between batches: never set here
    is_called_off: bool = False
    is_cut_off: bool = False  # the remote takes requests of other workers alone
    is_heard: bool = False  # whether a request was taken, or refused for the job's own sake
    refusals: list[Outcome] = field(default_factory=list)  # since one was heard
    pending: set[int] = field(default_factory=set)  # the jobs whose outcome is not there
    ended: set[int] = field(default_factory=set)  # those of them that are known to have ended
    done: SimpleQueue[Future[Outcome]] = field(default_factory=SimpleQueue)
    answers: list[Outcome] = field(default_factory=list)
    written_at: float = field(default_factory=time.monotonic)

    @property
    def is_wanted(self) -> bool:
        return not (self.is_called_off or self.is_cut_off or self.stop.is_set())

    def wants(self, attempt: CancelAttempt) -> bool:
        """Whether a request may leave: its job may have ended since it was claimed."""
        return self.is_wanted and attempt.job_id not in self.ended

    def collect(self, seconds: float) -> None:
        """Wait for an answer for so long, and take all that are there."""
        with suppress(Empty):
            self.take(self.done.get(timeout=seconds))
            while True:
                self.take(self.done.get_nowait())

    def take(self, future: Future[Outcome]) -> None:
        outcome = future.result()
        self.pending.discard(outcome.attempt.job_id)
        self.answers.append(outcome)

    def listen(self) -> None:
        """Hear from the answers at hand whether the remote takes requests of ours."""
        for outcome in self.answers:
            if isinstance(outcome.error, REFUSALS):
                self.refusals.append(outcome)
            elif is_heard(outcome):
                self.is_heard, self.refusals = True, []

    def refusal(self, *, is_last: bool) -> MediaError | None:
        """Give the refusal that stops the batch: a few in a row, or a plain one after a turn in
        which nothing was heard.
        """
        if len(self.refusals) >= REFUSALS_IN_A_ROW:
            return self.refusals[-1].error
        plain = filter(is_about_us, self.refusals if is_last and not self.is_heard else ())
        return next((outcome.error for outcome in plain), None)

    @property
    def is_group_due(self) -> bool:
        """Whether it is time to write: at once where nothing can be sent, to try no more."""
        waited = time.monotonic() - self.written_at
        is_failing = any(isinstance(outcome.error, RemoteFailing) for outcome in self.answers)
        return len(self.answers) >= GROUP or waited >= GROUP_SECONDS or is_failing


def run(
    batch: CancelBatch,
    *,
    seconds: float,
    worker: str,
    stop: threading.Event | None = None,
    others_wait: Callable[[], bool] = lambda: False,
) -> bool:
    """Send what is due of a running batch for about `seconds`; say whether more is due.

    Where the remote fails for this worker alone it says no: the others ask it when they go on.
    While `others_wait` it takes a short turn. All rows are written by this thread; the pool's
    threads only speak HTTP. When the batch is paused or aborted, or `stop` is set, nothing more
    leaves within a group's time.
    """
    client = client_of(batch.credential)
    began_at = time.monotonic()

    def is_over() -> bool:
        worked = time.monotonic() - began_at
        return worked >= seconds or (worked >= SHORT_TURN and others_wait())

    flight = Flight(stop or threading.Event())
    try:
        with sharing_pace(client), ThreadPoolExecutor(settings.MEDIA_API_MAX_IN_FLIGHT) as pool:
            try:
                fly(batch, client, flight, pool, worker, is_over)
            finally:
                flight.is_called_off = True  # after an error, what waits in the pool stays here
    finally:
        land(batch, flight)
    sweep_aborted(batch)
    finish([batch.pk])
    return has_work_due(batch) and not flight.is_cut_off


@contextmanager
def sharing_pace(client: MediaClient) -> Iterator[None]:
    """Count a batch among those that share the pace of a client."""
    with sharing_lock:
        sharing[client] += 1
    try:
        yield
    finally:
        with sharing_lock:
            sharing[client] -= 1


def fly(
    batch: CancelBatch,
    client: MediaClient,
    flight: Flight,
    pool: ThreadPoolExecutor,
    worker: str,
    is_over: Callable[[], bool],
) -> None:
    """Keep the pool fed until nothing is due, time is up, or the batch stops running."""
    may_be_due = True
    while True:
        is_fed = may_be_due and flight.is_wanted and not is_over()
        if is_fed and (room := room_for(client, flight)):
            may_be_due = feed(batch, client, flight, pool, worker, room) or has_work_due(batch)
        if flight.pending:
            flight.collect(GROUP_SECONDS)
        elif not is_fed:
            return
        else:  # what is due may be in the hands of others for a moment
            flight.stop.wait(MOMENT)
        if flight.is_group_due:
            write_group(batch, flight)


def feed(
    batch: CancelBatch,
    client: MediaClient,
    flight: Flight,
    pool: ThreadPoolExecutor,
    worker: str,
    room: int,
) -> bool:
    """Claim a slice and give it to the pool; say whether anything in it is to be sent."""
    claimed = claim(batch, worker=worker, limit=room)
    flight.pending |= {attempt.job_id for attempt in claimed}
    for attempt in claimed:
        future = pool.submit(send, client, attempt, still_wanted=partial(flight.wants, attempt))
        future.add_done_callback(flight.done.put)
    return bool(claimed)


def room_for(client: MediaClient, flight: Flight) -> int:
    """Say how many more to claim: a slice at most, and no more than leave soon.

    They would wait for the pace, or for the answers to those before them, and their lease runs.
    The batches of an app share its pace and its places. While others leave no room for calls
    or cancels fail, one at a time: what is claimed in vain is written twice into the trail.
    """
    pace = client.pacing.snapshot()
    soon = min(pace.per_second * AHEAD_SECONDS, settings.MEDIA_API_MAX_IN_FLIGHT * AHEAD_CALLS)
    affordable = int(soon / max(1, sharing[client]))
    most = 1 if pace.is_crowded or pace.cancels_open else max(1, min(2 * SLICE, affordable))
    room = most - len(flight.pending)
    return min(SLICE, room) if room >= most / 2 else 0


def land(batch: CancelBatch, flight: Flight) -> None:
    """Write the last answers, also those that an error left behind; the pool has ended.

    If that was an error of the connection to the database, on a new one.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    flight.collect(0)
    write_group(batch, flight, is_last=True)


def write_group(batch: CancelBatch, flight: Flight, *, is_last: bool = False) -> None:
    """Write the answers at hand; stop sending when the batch is not running any more.

    What is written is out of the flight before it is acted on: it is written once whatever fails.
    """
    if flight.answers:
        flight.answers = [of_the_job(batch, outcome) for outcome in flight.answers]
        write(flight.answers)
        flight.listen()
    written, flight.answers = flight.answers, []
    refusal = flight.refusal(is_last=is_last)
    if written or refusal:
        flight.is_cut_off |= heed(batch, written, refusal=refusal)
    flight.written_at = time.monotonic()
    flight.ended = set(
        Job.objects.final().filter(pk__in=flight.pending).values_list("pk", flat=True)
    )
    if not is_running(batch):
        flight.is_called_off = True


def is_running(batch: CancelBatch) -> bool:
    return CancelBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).exists()


def has_work_due(batch: CancelBatch) -> bool:
    return CancelBatch.objects.with_work_due().filter(pk=batch.pk).exists()
