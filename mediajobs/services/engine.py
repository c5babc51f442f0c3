"""Waking the workers. The rows are the truth: a message that is lost costs seconds."""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

from mediajobs.celery import app
from mediajobs.models import CancelBatch

logger = logging.getLogger(__name__)

#: A checkpoint that nobody came to make for so many seconds has been overtaken by the clock's.
EXPIRES = 300


def wake(batch: CancelBatch) -> None:
    """Ask a worker to run the batch once this transaction is committed."""
    transaction.on_commit(lambda: send_wake(batch.pk))


def send_wake(batch_id: int) -> None:
    """Put the message on the queue; without a broker the next sweep finds the batch."""
    try:
        app.send_task("mediajobs.run_batch", args=[batch_id], retry=False)
    except broker_failures() as error:
        logger.warning("could not wake a worker for cancellation %s: %s", batch_id, error)


def wake_discovery() -> None:
    """Have a worker read the lists of jobs now; without a broker the clock does so soon."""
    try:
        app.send_task("mediajobs.discover", retry=False)
    except broker_failures() as error:
        logger.warning("could not wake a worker to look for jobs: %s", error)


def wake_notices() -> None:
    """Have a worker send the notices that are due once this transaction is committed."""
    transaction.on_commit(send_wake_of_notices)


def send_wake_of_notices() -> None:
    """Put the message on the queue; without a broker the clock sends them soon."""
    try:
        app.send_task("mediajobs.send_notices", retry=False)
    except broker_failures() as error:
        logger.warning("could not wake a worker to send notices: %s", error)


def wake_checkpoint(batch: CancelBatch) -> None:
    """Have a worker sign for the end of a batch once this transaction is committed."""
    transaction.on_commit(lambda: send_wake_of_checkpoint(batch.pk))


def send_wake_of_checkpoint(batch_id: int) -> None:
    """Put the message on the queue; without a broker the clock does so within minutes."""
    reason = f"cancellation {batch_id} ended"
    try:
        app.send_task("mediajobs.checkpoint", args=[reason], retry=False, expires=EXPIRES)
    except broker_failures() as error:
        logger.warning("could not wake a worker for a checkpoint: %s", error)


def broker_failures() -> tuple[type[Exception], ...]:
    """Name what a broker raises that is away or refuses us; each kind has its own."""
    broker = app.connection_for_write()
    return OperationalError, OSError, *broker.connection_errors, *broker.channel_errors
