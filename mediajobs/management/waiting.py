"""Waiting in the shell for the end of a cancellation; without a worker, doing its work."""

import os
import socket
import time
from threading import Event

from mediajobs import health
from mediajobs.management.progress import Progress
from mediajobs.models import BatchState, CancelBatch
from mediajobs.services import cancel

TURN_SECONDS = 2.0
SWEEP_SECONDS = 5.0
LOOK_SECONDS = 0.5


def wait_for_end(batch: CancelBatch, progress: Progress, stop: Event) -> None:
    """Come back when the batch has ended, when only a person can make it go on, or at `stop`."""
    swept_at = float("-inf")
    while not stop.is_set():
        batch.refresh_from_db()
        progress.show(words(batch))
        if batch.has_ended or needs_a_person(batch):
            break
        if not health.worker().is_well:
            work(batch, stop)
            if time.monotonic() - swept_at > SWEEP_SECONDS:
                cancel.rescue()
                swept_at = time.monotonic()
        stop.wait(LOOK_SECONDS)
    progress.end()


def work(batch: CancelBatch, stop: Event) -> None:
    """Do what a worker would do for this batch until nothing of it is due."""
    worker = f"command {socket.gethostname()}:{os.getpid()}"[:100]
    while cancel.run(batch, seconds=TURN_SECONDS, worker=worker, stop=stop) and not stop.is_set():
        pass
    cancel.verify()


def needs_a_person(batch: CancelBatch) -> bool:
    return batch.state == BatchState.PAUSED and batch.resumes_at is None


def words(batch: CancelBatch) -> str:
    state = batch.get_state_display().lower()
    reason = f" ({batch.pause_reason})" if batch.state == BatchState.PAUSED else ""
    return f"Cancellation {batch.pk} is {state}{reason}: {batch.outcome_words()}"
