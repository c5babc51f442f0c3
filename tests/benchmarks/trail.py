"""What the benchmark of the trail has the panel do, in a process of the panel's own settings."""

import json
import sys
import time
import uuid

from tests.benchmarks import deeds  # noqa: F401 - it sets Django up

# isort: split
from django.db import connection, transaction
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditLink, CancelAttempt, CancelBatch
from mediajobs.services import audit
from tests.benchmarks.peaks import peak_of

GROUP = 64  # as one claim writes
SEAL_SECONDS = 1.0  # as the clock has it
FILLED_AT_ONCE = 5000
ANSWER = json.dumps({"message": "The cancellation was requested.", "trace": "x" * 200})


WHO = audit.Actor(name="operator", channel="web", user_id="1", address="203.0.113.9")


def make_events(count):
    facts = {"batch_id": 1, "job_id": "0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44", "fence": 1}
    facts |= {"outcome": "requested", "remote_status": 200, "answer": ANSWER}
    return [audit.event("cancel.answered", WHO, **facts) for _ in range(count)]


def write(starts_at, seconds):
    """Record groups of events as fast as it goes; tell how many there were."""
    wait_for(starts_at)
    count = 0
    while time.time() < float(starts_at) + float(seconds):
        with transaction.atomic():
            AuditEvent.objects.append(make_events(GROUP))
        count += GROUP
    return {"count": count}


def seal(starts_at, seconds):
    """Seal each second as the clock does; tell how late the links came."""
    wait_for(starts_at)
    times, filled = [], AuditLink.objects.count()
    while time.time() < float(starts_at) + float(seconds):
        time.sleep(SEAL_SECONDS)
        count = audit.seal()
        times += [time.time()] * count
    moments = dict(AuditEvent.objects.values_list("pk", "at"))
    sealed = AuditLink.objects.filter(seq__gt=filled).order_by("seq")
    keys = sealed.values_list("event_id", flat=True)
    lags = [at - moments[key].timestamp() for at, key in zip(times, keys, strict=True)]
    return {"lags": sorted(lags)}


def fill(count):
    """Record and seal so many events; tell how long the sealing took."""
    for begin in range(0, int(count), FILLED_AT_ONCE):
        AuditEvent.objects.append(cancellation(min(FILLED_AT_ONCE, int(count) - begin)))
    started_at = time.monotonic()
    audit.checkpoint("a benchmark")
    seconds = time.monotonic() - started_at
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"seconds": seconds}


def cancellation(count):
    """Write the rows of a cancellation that has finished, and give as many events of it."""
    size, rest = divmod(count - 3, 3)
    now = timezone.now()
    batch = CancelBatch.objects.create(
        state="finished", requested_by_name=WHO.name, channel=WHO.channel, confirmed_at=now
    )
    facts = {"batch": batch, "state": "cancelled", "fence": 1, "send_count": 1}
    facts |= {"sent_at": now, "ended_at": now}
    items = CancelAttempt.objects.bulk_create(
        CancelAttempt(remote_id=str(uuid.uuid4()), **facts) for _ in range(size)
    )
    digest = audit.outcome_digest((item.remote_id, item.state) for item in items)
    answer = {"outcome": "requested", "remote_status": 200, "answer": ANSWER}
    before = ["batch.drafted", "batch.confirmed", *["batch.resumed"] * rest]
    return [
        *(audit.event(kind, WHO, batch=batch) for kind in before),
        *(audit.event("cancel.sent", WHO, attempt=item) for item in items),
        *(audit.event("cancel.answered", WHO, attempt=item, **answer) for item in items),
        *(audit.event("cancel.ended", WHO, attempt=item, outcome=item.state) for item in items),
        audit.event("batch.finished", WHO, batch=batch, detail=f"All outcomes, SHA-256: {digest}"),
    ]


def verify():
    started_at = time.monotonic()
    report = audit.verify()
    seconds = time.monotonic() - started_at
    assert not report.verdict, report.problems
    return {"seconds": seconds, "count": report.event_count, "peak": peak_of()}


def export():
    started_at = time.monotonic()
    size = sum(map(len, audit.export()))
    seconds = time.monotonic() - started_at
    return {"seconds": seconds, "size": size, "peak": peak_of()}


def wait_for(moment):
    list(AuditEvent.objects.all()[:1])  # connected, and all imported
    time.sleep(max(0.0, float(moment) - time.time()))


DEEDS = {deed.__name__: deed for deed in (write, seal, fill, verify, export)}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(DEEDS[sys.argv[1]](*sys.argv[2:])) + "\n")
