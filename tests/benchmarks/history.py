"""A trail as a year of work leaves it, for the benchmark that reads it."""

import json
import random
import sys
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from itertools import islice

from tests.benchmarks import deeds  # noqa: F401 - it sets Django up

# isort: split
from django.db import connection

from mediajobs.models import AuditEvent
from mediajobs.services import audit

AT_ONCE = 5000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_SECONDS = 365 * 86_400
BULK = 900
ANSWER = json.dumps({"message": "The cancellation was requested.", "trace": "x" * 200})
WORDS = (
    "wrong",
    "master",
    "stuck",
    "queue",
    "twice",
    "codec",
    "client",
    "asked",
    "evening",
    "news",
)


def fill(count):
    """Record and seal so many events, a tenth of them with a reason; name a job among them."""
    count, chance = int(count), random.Random(7)
    events = islice(history(chance), count)
    place, job = 0, ""
    while group := list(islice(events, AT_ONCE)):
        for event in group:
            event.at = BEGIN + timedelta(seconds=YEAR_SECONDS * place / count)
            place += 1
            job = event.job_id or job
        AuditEvent.objects.append(group)
    audit.checkpoint("a benchmark")
    with connection.cursor() as cursor:
        # As a database does by itself within a minute.
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return {"job": job}


def history(chance):
    """Give events without end: single cancellations, now and then one of very many jobs."""
    for number in numbers(1):
        size = BULK if number % 100 == 0 else 1
        who = audit.Actor(
            name=f"person-{int(20 * chance.random() ** 2)}",
            channel=chance.choice(("web", "web", "web", "api", "command")),
            user_id="1",
            address="203.0.113.9",
            user_agent="Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
            request_id="0123456789abcdef",
        )
        yield from one(number, size, who, chance)


def one(number, size, who, chance):
    reason = f"{' '.join(chance.choices(WORDS, k=5))} {number}" + " needle" * (number == 5)
    about = {"batch_id": number}
    yield audit.event("batch.drafted", who, **about, detail=f"{size} jobs.")
    yield audit.event("batch.confirmed", who, **about, reason=reason)
    for item in range(size):
        job = str(uuid.UUID(int=chance.getrandbits(128)))
        facts = about | {"attempt_id": number * 1000 + item, "fence": 1, "job_id": job}
        answer = chance.choices(("requested", "refused", "not_found", "unclear"), (95, 3, 1, 1))[0]
        end = chance.choices(("cancelled", "finished_first", "not_found"), (90, 8, 2))[0]
        yield audit.event("cancel.sent", who, **facts)
        yield audit.event(
            "cancel.answered", who, **facts, outcome=answer, remote_status=200, answer=ANSWER
        )
        yield audit.event("cancel.ended", audit.ENGINE, **facts, outcome=end)
    yield audit.event("batch.finished", audit.ENGINE, **about, outcome="finished")


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"fill": fill}[sys.argv[1]](*sys.argv[2:])) + "\n")
