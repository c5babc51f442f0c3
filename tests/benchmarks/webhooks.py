"""Deliveries of the webhook at 500 a second into the real web server, beside its health page."""

import json
import statistics
import subprocess
import sys
import uuid

from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import DATABASES, panel
from tests.running import ROOT, wait_until

RATE = 500
SECONDS = 12
MOST_P99 = 0.1
SECRET = uuid.uuid4().hex
GUNICORN = ("-m", "gunicorn", "mediajobs.wsgi", "--workers", "2", "--threads", "8")
PATH = "/webhooks/media/"
WHERE = (
    "A delivery is answered when it is committed; those that come during a commit share the next."
)


def measure(remote, quick):
    seconds = 5 if quick else SECONDS
    for database in DATABASES:
        yield from deliveries(remote, database, RATE * seconds)


def deliveries(remote, database, count):
    with panel(remote, database, MEDIA_WEBHOOK_SECRETS=SECRET) as made:
        made.manage("collectstatic", "--noinput", "--verbosity=0")
        bind = ("--bind", f"127.0.0.1:{made.port}", "--no-control-socket")
        with made.process(*GUNICORN, *bind, "--log-level", "error"):
            wait_until(made.answers, 60)
            health = load(made.port, f"GET /healthz/web/ {HEAD}", [""] * count)
            taken = load(made.port, f"POST {PATH} {HEAD}{SECRET_LINE}", bodies(count))
        stored = int(made.query(COUNT))
    assert health["statuses"] == {"200": count}, health["statuses"]
    assert taken["statuses"] == {"200": count}, taken["statuses"]
    assert stored == count, f"{stored} of {count} deliveries are there"
    p50, p99 = percentiles(taken)
    peer50, peer99 = percentiles(health)
    yield Figure(
        f"{count:,} webhook deliveries at {RATE} a second, 99 of 100 within, {database}",
        f"{p99 * 1000:.0f} ms (half within {p50 * 1000:.0f} ms) = {p99 / peer99:.1f} × health page",
        f"/healthz/web/ {peer99 * 1000:.0f} ms (half within {peer50 * 1000:.0f} ms)",
        f"≤ {MOST_P99 * 1000:.0f} ms",
        p99 <= MOST_P99,
        WHERE,
    )


HEAD = "HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
SECRET_LINE = f"X-Panel-Secret: {SECRET}\r\nContent-Type: application/json\r\n"
COUNT = (
    "from mediajobs.models import WebhookDelivery; "
    "print(WebhookDelivery.objects.filter(state='received').count())"
)


def bodies(count):
    """Write what a receiver of real ones has read (contract section 6), each of another job."""
    for _ in range(count):
        body = {"path": "/media/diagnose", "status": "Success", "progress": 100}
        result = {"media_info": {}, "audio": {}}
        yield json.dumps({"job_id": str(uuid.uuid4()), **body, "result": result})


def load(port, head, bodies):
    order = {"port": port, "head": head, "bodies": list(bodies), "rate": RATE}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.open_loop"],
        cwd=ROOT,
        input=json.dumps(order) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def percentiles(found):
    cuts = statistics.quantiles(found["seconds"], n=100)
    return cuts[49], cuts[98]


if __name__ == "__main__":
    run(measure)
