"""Celery's door: each task translates and calls one service."""

import logging
import os
import socket

from celery import shared_task

from mediajobs.models import CancelBatch, Heartbeat
from mediajobs.remote import MediaError
from mediajobs.services import cancel, pulse, sync

logger = logging.getLogger(__name__)

#: A task works for so long, then queues itself again: batches take turns, workers stop quickly.
TURN_SECONDS = 10.0


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@shared_task(name="mediajobs.run_batch")
def run_batch(batch_id: int) -> None:
    """Carry out one turn of a batch."""
    batch = CancelBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        logger.info("cancellation %s is gone; nothing to run", batch_id)
    elif cancel.run(batch, seconds=TURN_SECONDS, worker=worker_name()):
        run_batch.delay(batch_id)


@shared_task(name="mediajobs.verify")
def verify() -> None:
    """Look whether what was asked for has happened."""
    cancel.verify()


@shared_task(name="mediajobs.refresh_active")
def refresh_active() -> None:
    """Bring the active jobs up to date."""
    try:
        sync.refresh_active()
    except MediaError as error:
        logger.warning("the active jobs could not be read: %s", error)
        pulse.fail(Heartbeat.REMOTE, str(error))
    else:
        pulse.beat(Heartbeat.REMOTE)


@shared_task(name="mediajobs.rescue")
def rescue() -> None:
    """Pick up what a dead worker left behind."""
    cancel.rescue()


@shared_task(name="mediajobs.drop_forgotten")
def drop_forgotten() -> None:
    """Throw away the drafts that nobody confirmed for a day."""
    cancel.drop_forgotten()


@shared_task(name="mediajobs.beat")
def beat() -> None:
    """Show that the clock, the queue and a worker are alive."""
    pulse.beat(Heartbeat.WORKER, worker_name())
