"""The engine: a worker on a folder begins with an empty queue."""

import subprocess
import sys

from tests.management.running import ROOT, environment

SCRIPT = """
import django
django.setup()
from mediajobs.celery import app, forget_stale_messages
from django.conf import settings
def messages():
    return len(list(settings.CELERY_QUEUE_DIR.glob("*.msg")))
for _ in range(3):
    app.send_task("mediajobs.beat")
print(messages())
forget_stale_messages()
print(messages())
"""


def test_a_worker_that_starts_forgets_what_nobody_took(tmp_path):
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="mediajobs.settings")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.stdout.split() == ["3", "0"], done.stderr
