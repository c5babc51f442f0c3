"""The engine: wakes the workers and keeps the time. What is to do stands in the database."""

import ctypes
import os
import sys
from contextlib import suppress
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.db import DatabaseError, connection
from kombu import Queue
from kombu.common import Broadcast

from mediajobs import checks, guard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediajobs.settings")

#: A worker's transactions go from statement to statement in milliseconds.
MOST_IDLE = "-c idle_in_transaction_session_timeout=30s"
M_ARENA_MAX = -8  # of <malloc.h>

app = Celery("mediajobs")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["mediajobs"])
if not settings.CELERY_BROKER_URL.startswith("filesystem:"):
    # Every worker hears of a batch, so that all of them carry it; the folder has one worker.
    batches = Broadcast("batches")
    app.conf.task_queues = [Queue("celery"), batches]
    app.conf.task_routes = {
        "mediajobs.run_batch": {"queue": "batches", "declare": [batches.exchange]}
    }


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_wrong_settings(**_: Any) -> None:
    """End a worker or the clock whose settings are wrong; they run no system checks."""
    problems = checks.problems()
    if problems:
        raise SystemExit(problems)


@signals.worker_init.connect
def hold_nobody_up(**_: Any) -> None:
    """Have PostgreSQL break off what a worker does that was stopped in it: others wait for that."""
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options["options"] = f"{options.get('options', '')} {MOST_IDLE}"


@signals.worker_init.connect
def refuse_an_unguarded_trail(**_: Any) -> None:
    """End a worker whose database would let the trail be changed; one that is away may come."""
    with suppress(DatabaseError):
        if unguarded := guard.words():
            raise SystemExit(unguarded)


@signals.worker_init.connect
def share_pools_of_memory(**_: Any) -> None:
    """Let all threads share two pools: glibc keeps one for each, and what is freed in all."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(M_ARENA_MAX, 2)


@signals.worker_init.connect
def forget_stale_messages(**_: Any) -> None:
    """Empty a folder used as queue: its one worker would read for hours what nobody took.

    The next sweep, seconds later, finds in the database whatever a message here was about.
    """
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        app.control.purge()
