"""Celery's door: each task translates and calls one service."""

import functools
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from celery import Task, shared_task, signals
from django.db import DatabaseError, connection

from mediajobs.models import AuditKind, CancelBatch, Credential, Heartbeat
from mediajobs.services import audit, cancel, notices, once, pulse, sync, webhooks

logger = logging.getLogger(__name__)

#: A task works for so long, then queues itself again, so that batches take turns; while most
#: threads are free nobody waits for one, and each change of turns would cost a moment.
TURN_SECONDS = 5.0
LONG_TURN_SECONDS = 20.0
FEW_UNDER_WAY = 8
#: With so many deeds under way the threads that are left are for the clock's signals.
MOST_UNDER_WAY = 10
#: A message about an app that nobody took for so long is old: the clock has sent newer ones.
NEWS_SECONDS = 30

#: Set when this worker is told to end: turns under way send nothing more.
stopping = threading.Event()


@signals.worker_shutting_down.connect
def stop_turns(**_: Any) -> None:
    stopping.set()


@signals.worker_shutdown.connect
def seal_the_end(**_: Any) -> None:
    """Leave nothing unsealed behind; without a database the next worker seals it."""
    tell_of_worker(AuditKind.WORKER_STOPPED)
    try:
        audit.checkpoint(f"the worker {worker_name()} ended")
    except DatabaseError as error:
        logger.warning("no checkpoint at the end of this worker: %s", error)


@signals.worker_ready.connect
def ask_for_work(**_: Any) -> None:
    """Carry on what the last worker was killed at; the sweep would take longer to notice."""
    pick_up.delay()


@signals.worker_ready.connect
def tell_of_start(**_: Any) -> None:
    """Record the start; this thread next needs the database at its end, on a new connection."""
    tell_of_worker(AuditKind.WORKER_STARTED)
    if not connection.in_atomic_block:
        connection.close()


def tell_of_worker(kind: AuditKind) -> None:
    """Record that this worker starts or stops; without a database it does so unrecorded."""
    try:
        audit.record(kind, audit.ENGINE, detail=f"Worker {worker_name()}")
    except DatabaseError as error:
        logger.warning("%s of %s could not be recorded: %s", kind, worker_name(), error)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


under_way: set[tuple[Any, ...]] = set()
under_way_lock = threading.Lock()
#: The batches that found no thread, in the order in which they came.
waiting: dict[int, None] = {}

REGULARLY = "every five minutes"
#: Why somebody asked for a checkpoint that nobody has begun to make.
reasons: list[str] = []


def alone(work: Callable[..., bool | None]) -> Callable[..., bool | None]:
    """Give None at once when another thread does the same work on the same arguments.

    Every thread of a worker would otherwise end up in a sweep that takes longer than a beat.
    """

    @functools.wraps(work)
    def unless_under_way(*arguments: Any) -> bool | None:
        deed = (work.__name__, *arguments)
        with under_way_lock:
            if deed in under_way:
                return None
            under_way.add(deed)
        try:
            return work(*arguments)
        finally:
            with under_way_lock:
                under_way.discard(deed)

    return unless_under_way


@shared_task(name="mediajobs.run_batch")
def run_batch(batch_id: int) -> None:
    """Carry out one turn of a batch and ask for another, of that which has waited longest."""
    if are_turns_enough():
        waiting[batch_id] = None
        return
    if run_turn(batch_id):
        waiting[batch_id] = None
    for next_id in list(waiting)[:1]:
        waiting.pop(next_id, None)
        run_batch.delay(next_id)


def are_turns_enough() -> bool:
    """Whether another turn would take the threads that are left; sweeps alone keep none away."""
    with under_way_lock:
        is_turn_under_way = any(deed[0] == "run_turn" for deed in under_way)
        return is_turn_under_way and len(under_way) >= MOST_UNDER_WAY


@alone
def run_turn(batch_id: int) -> bool:
    batch = CancelBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        logger.info("cancellation %s is gone; nothing to run", batch_id)
        return False
    seconds = LONG_TURN_SECONDS if len(under_way) <= FEW_UNDER_WAY else TURN_SECONDS
    return cancel.run(
        batch,
        seconds=seconds,
        worker=worker_name(),
        stop=stopping,
        others_wait=lambda: bool(waiting),
    )


@shared_task(name="mediajobs.verify")
@alone
def verify() -> None:
    """Look whether what was asked for has happened."""
    cancel.verify(stop=stopping)


def for_each_app(task: Task, keys: list[int | str | None]) -> None:
    """Do a task for every app: at once for a single one, else as a task each.

    An app that is slow, or cannot be read, keeps nobody from the news of the others.
    """
    if len(keys) == 1:
        task(keys[0])
        return
    for key in keys:
        task.apply_async(args=[key], expires=NEWS_SECONDS)


def keys_of_apps() -> list[int | None]:
    return [app.pk if app else None for app in Credential.apps()]


def app_of(key: int | None) -> list[Credential | None]:
    """Find the app that a task is about; none if it was removed meanwhile."""
    return [None] if key is None else list(Credential.objects.filter(pk=key))


@shared_task(name="mediajobs.refresh_active")
def refresh_active() -> None:
    """Have the active jobs of every app brought up to date."""
    for_each_app(refresh_app, keys_of_apps())


@shared_task(name="mediajobs.refresh_app")
@alone
def refresh_app(key: int | None) -> None:
    """Bring the active jobs of an app up to date."""
    for app in app_of(key):
        sync.refresh_active(app, stop=stopping)


@shared_task(name="mediajobs.discover")
def discover() -> None:
    """Have the new jobs of every app found."""
    for_each_app(discover_app, keys_of_apps())


@shared_task(name="mediajobs.discover_app")
@alone
def discover_app(key: int | None) -> None:
    """Find the new jobs of an app."""
    for app in app_of(key):
        sync.look_for_new(app, stop=stopping)


@shared_task(name="mediajobs.follow_deliveries")
def follow_deliveries() -> None:
    """Have the jobs read that deliveries of the webhook name."""
    for_each_app(follow_app, webhooks.apps_to_follow())


@shared_task(name="mediajobs.follow_app")
@alone
def follow_app(app: str) -> None:
    """Read the jobs that deliveries of an app name."""
    webhooks.follow(app, stop=stopping)


@shared_task(name="mediajobs.rescue")
@alone
def rescue() -> None:
    """Pick up what a dead worker left behind."""
    cancel.rescue()


@shared_task(name="mediajobs.pick_up")
def pick_up() -> None:
    """Carry on what was under way when the last worker ended."""
    cancel.pick_up()


@shared_task(name="mediajobs.drop_forgotten")
@alone
def drop_forgotten() -> None:
    """Throw away the drafts that nobody confirmed for a day."""
    cancel.drop_forgotten()


@shared_task(name="mediajobs.drop_answers")
@alone
def drop_answers() -> None:
    """Forget what pipelines were told more than a day ago."""
    once.drop_old()


@shared_task(name="mediajobs.drop_old_deliveries")
@alone
def drop_old_deliveries() -> None:
    """Throw away the deliveries of more than a week ago."""
    webhooks.drop_old()


@shared_task(name="mediajobs.send_notices")
@alone
def send_notices() -> None:
    """Send the notices that are due."""
    notices.send_due(seconds=LONG_TURN_SECONDS, stop=stopping)


@shared_task(name="mediajobs.seal")
@alone
def seal() -> None:
    """Give the newest events their links."""
    audit.seal()


@shared_task(name="mediajobs.checkpoint")
def checkpoint(reason: str = REGULARLY) -> None:
    """Seal all that is committed and sign for it; what is asked for meanwhile shares the next."""
    if reason != REGULARLY:
        reasons.append(reason)
    while make_checkpoint() and reasons:
        pass


@alone
def make_checkpoint() -> bool:
    first, *others = [reasons.pop(0) for _ in range(len(reasons))] or [REGULARLY]
    audit.checkpoint(f"{first}, and {len(others)} more" if others else first)
    return True


@shared_task(name="mediajobs.beat")
def beat() -> None:
    """Show that the clock, the queue and a worker are alive."""
    pulse.beat(Heartbeat.WORKER, worker_name())
