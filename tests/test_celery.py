"""The engine: a worker on a folder begins with an empty queue."""

import subprocess
import sys

from mediajobs.celery import app
from tests.management.running import ROOT, environment, finished

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


GUARD = """
import django
django.setup()
from mediajobs import guard
from mediajobs.celery import refuse_an_unguarded_trail
refuse_an_unguarded_trail()
print("guarded")
guard.remove(guard.LINKS)
refuse_an_unguarded_trail()
"""


def test_a_worker_does_not_start_on_a_trail_that_could_be_changed(tmp_path):
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="mediajobs.settings")
    assert finished("migrate", "--verbosity=0", env=env).returncode == 0
    command = [sys.executable, "-c", GUARD]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout == "guarded\n"
    assert done.returncode == 1
    assert "the triggers of mediajobs_auditlink are gone" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_starts_without_a_database_which_may_come(tmp_path):
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="mediajobs.settings")
    env["DATABASE_URL"] = "postgres://nobody@127.0.0.1:9/none"
    script = GUARD.partition("print")[0]
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_worker_waits_for_its_broker_as_long_as_it_takes():
    assert app.conf.broker_connection_max_retries is None
