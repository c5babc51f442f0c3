"""What a benchmark has the panel do, in a process of the panel's own settings."""

import json
import os
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediajobs.settings")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402 - the settings come first
from django.db import connection  # noqa: E402
from django.db.models import Max  # noqa: E402
from django.utils import timezone  # noqa: E402

from mediajobs.models import (  # noqa: E402
    AttemptState,
    AuditEvent,
    AuditKind,
    CancelBatch,
    Discovery,
    Heartbeat,
    Job,
    JobSource,
)
from mediajobs.services import cancel, sync  # noqa: E402
from mediajobs.services.audit import Actor  # noqa: E402
from tests.benchmarks.peaks import peak_of  # noqa: E402

LOOK_SECONDS = 0.05
PATIENCE = 600


def know(file):
    """Store the remote's jobs, and that its list was read to the end."""
    rows, now = json.loads(Path(file).read_text()), timezone.now()
    Job.objects.bulk_create(
        [known_job(*row, now) for row in rows],
        batch_size=1000,
        ignore_conflicts=True,  # the panel may have found them by itself
    )
    newest_at = Job.objects.aggregate(at=Max("submitted_at"))["at"]
    Discovery.objects.update_or_create(
        app=Discovery.key_of(None), defaults={"newest_at": newest_at, "ended_at": now}
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database does by itself within a minute
    return {"jobs": len(rows)}


def known_job(remote_id, path, submitted_ms, checked_at):
    submitted_at = datetime.fromtimestamp(submitted_ms / 1000, UTC)
    return Job(
        remote_id=remote_id,
        path=path,
        status="running",
        reported_status="Running",
        submitted_at=submitted_at,
        dated_at=submitted_at,
        checked_at=checked_at,
        source=JobSource.REMOTE,
    )


def cancel_running(most):
    """Cancel so many of the running jobs; tell when it was confirmed and the last one answered.

    Fails unless the remote has said yes to each, and the trail has it.
    """
    by = Actor.from_shell("benchmark")
    keys = Job.objects.filter(status="running").order_by("pk").values("pk")[: int(most)]
    batch = cancel.draft(Job.objects.filter(pk__in=keys), by=by, selection="all that run")
    confirmed_at = time.time()
    cancel.confirm(batch, by=by, category="other", reason="They are measured.")
    wait_until(lambda: not is_sending(batch))
    recorded_at = time.time()
    check_all(batch, int(most), AttemptState.REQUESTED, AttemptState.CANCELLED)
    check_trail(batch, int(most))
    return {"batch": batch.pk, "confirmed_at": confirmed_at, "seconds": recorded_at - confirmed_at}


def finish(batch_id):
    """Wait until every job of a batch is known to be cancelled; tell when that was."""
    batch = CancelBatch.objects.get(pk=batch_id)
    wait_until(lambda: not batch.attempts.open().exists())
    ended_at = time.time()
    check_all(batch, batch.frozen_count, AttemptState.CANCELLED)
    return {"ended_at": ended_at}


def check_all(batch, count, *states):
    """Fail unless a batch has so many items, and each is in one of these states."""
    counts = batch.counts()
    good_count = sum(counts[state] for state in states)
    if not good_count == sum(counts.values()) == count:
        wanted = " or ".join(state.label.lower() for state in states)
        raise SystemExit(f"{count:,} should be {wanted}; there are {batch.outcome_words()}.")


def check_trail(batch, count):
    """Fail unless so many requests and as many accepting answers are on record."""
    events = AuditEvent.objects.filter(batch_id=batch.pk)
    sent = events.filter(kind=AuditKind.CANCEL_SENT).count()
    answered = events.filter(kind=AuditKind.CANCEL_ANSWERED, outcome=AttemptState.REQUESTED).count()
    if not sent == answered == count:
        raise SystemExit(f"{sent:,} sent and {answered:,} accepted are on record, of {count:,}.")


def discover():
    """Find all jobs of the remote; tell how long it took, and the most memory in MB."""
    before = peak_of()
    started_at = time.monotonic()
    for _ in sync.discover_new():
        pass
    seconds = time.monotonic() - started_at
    return {"seconds": seconds, "jobs": Job.objects.count(), "before": before, "peak": peak_of()}


def sweep():
    """Read the active jobs twice, of which none has changed; tell how the second time went."""
    sync.refresh_active()
    writes = []
    with connection.execute_wrapper(partial(note_writes, writes)):
        started_at = time.monotonic()
        sync.refresh_active()
        seconds = time.monotonic() - started_at
    return {"seconds": seconds, "writes": writes, "peak": peak_of()}


def note_writes(writes, execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    if sql.startswith(("INSERT", "UPDATE", "DELETE")) and Job._meta.db_table in sql:
        writes.append(context["cursor"].rowcount)
    return result


def make_operator(password):
    user = User.objects.create_user("operator", password=password, is_staff=True)
    user.groups.add(Group.objects.get(name="bulk operator"))
    return {}


def has_beaten():
    """Say whether clock, queue and worker have come to life."""
    return Heartbeat.objects.filter(name=Heartbeat.WORKER).exists()


def is_sending(batch):
    return batch.attempts.filter(state__in=(AttemptState.QUEUED, AttemptState.SENDING)).exists()


def wait_until(true):
    ends_at = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > ends_at:
            raise SystemExit(f"Waited {PATIENCE} s in vain.")
        time.sleep(LOOK_SECONDS)


DEEDS = {
    deed.__name__: deed
    for deed in (know, cancel_running, finish, discover, sweep, make_operator, has_beaten)
}

if __name__ == "__main__":
    print(json.dumps(DEEDS[sys.argv[1]](*sys.argv[2:])))
