"""The line above the list of jobs that tells how far the remote's list is read, and its button."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.celery import app
from mediajobs.models import Credential, Discovery, Heartbeat
from mediajobs.services import pulse
from tests.admin.cancel_steps import said, text

LINE = "/mediajobs/job/discovery/"
BUTTON = "/mediajobs/job/discover/"


@pytest.fixture
def viewer(sign_in):
    return sign_in("viewer")


def walk(**about):
    now = timezone.now()
    about = {"begun_at": now, "since": now - timedelta(days=31), **about}
    return Discovery.objects.create(app="settings", **about)


def test_a_list_that_nobody_has_read_says_so(viewer):
    assert text(viewer.get(LINE)) == "The remote’s list was not read yet."


def test_a_walk_at_work_shows_how_far_it_has_come(viewer):
    now = timezone.now()
    lease, half = now + timedelta(minutes=1), now - timedelta(days=15.5)
    walk(lease_expires_at=lease, reached_at=half, job_count=2300, new_count=41)
    line = viewer.get(LINE)
    assert "2,300 jobs so far, 41 new" in text(line)
    assert '<progress max="100" value="50"' in line.content.decode()


def test_a_walk_that_ended_says_how_long_ago(viewer):
    walk(ended_at=timezone.now() - timedelta(seconds=8))
    assert text(viewer.get(LINE)) == "The remote’s list was read 8 s ago."


def test_a_walk_that_failed_says_why(viewer):
    walk(problem="The media API does not accept the credentials.")
    assert "could not be read. The media API does not accept the credentials." in text(
        viewer.get(LINE)
    )


def test_with_several_apps_each_has_its_line(viewer):
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    walk(ended_at=timezone.now())
    assert "Sports: The remote’s list was not read yet." in text(viewer.get("/mediajobs/job/"))


def test_the_button_wakes_a_worker(sign_in):
    client = sign_in("operator")
    assert "Look for new jobs" in text(client.get("/mediajobs/job/"))
    pulse.beat(Heartbeat.WORKER)
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        answer = client.post(BUTTON)
        message = queue.get(timeout=5)
        queue.close()
    assert message.headers["task"] == "mediajobs.discover"
    assert said(answer) == "A worker looks for new jobs now; they appear by themselves."


def test_without_a_worker_the_button_says_how_to_start_one(sign_in):
    words = said(sign_in("operator").post(BUTTON))
    assert words.startswith("The list is not read now. No sign of life")
    assert "“python manage.py serve” starts" in words


def test_a_viewer_has_no_button(viewer):
    assert "Look for new jobs" not in text(viewer.get("/mediajobs/job/"))
