"""Waking workers never breaks the deed that wanted them."""

import os
import socket
import subprocess
import sys

import pytest

SCRIPT = """
import django
django.setup()
from mediajobs.services.engine import send_wake, send_wake_of_checkpoint
send_wake(7)
send_wake_of_checkpoint(7)
"""
TIMED_SCRIPT = f"""
import time
{SCRIPT.replace("send_wake(7)", "began = time.monotonic()")}
send_wake(7)
print(time.monotonic() - began)
"""


def test_a_broker_that_is_away_is_logged_and_does_no_harm():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "mediajobs.settings",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert "could not wake a worker for cancellation 7" in done.stderr
    assert "could not wake a worker for a checkpoint" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/0", "amqp://127.0.0.1:{port}//"])
def test_a_broker_that_says_nothing_costs_seconds_and_does_no_harm(url):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "mediajobs.settings",
            "CELERY_BROKER_URL": url.format(port=listener.getsockname()[1]),
        }
        command = [sys.executable, "-c", TIMED_SCRIPT]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 8
    assert "could not wake a worker for cancellation 7" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_refuses_our_credentials_counts_as_away():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "mediajobs.settings",
        "CELERY_BROKER_URL": "amqp://nobody:wrong@127.0.0.1:1//",
    }
    script = """
import django
django.setup()
from amqp.exceptions import AccessRefused
from mediajobs.services.engine import broker_failures
print(issubclass(AccessRefused, broker_failures()))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "True\n", done.stderr
