"""What the clock asks for is done app by app, so that one keeps nobody from another."""

import pytest

from mediajobs import tasks
from mediajobs.celery import app
from mediajobs.environment import Environment
from mediajobs.models import Credential, Job, WebhookDelivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    """The queue of the worker, empty."""
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        yield queue
        queue.close()


def asked_for(queue):
    message = queue.get(timeout=5)
    return message.headers["task"], message.payload[0]


def test_the_only_app_is_read_at_once(world, queue):
    world.add_job()
    tasks.discover()
    tasks.refresh_active()
    assert Job.objects.count() == 1
    assert queue.qsize() == 0


@pytest.mark.parametrize(
    ("of_all", "of_one"),
    [
        (tasks.refresh_active, "mediajobs.refresh_app"),
        (tasks.discover, "mediajobs.discover_app"),
    ],
)
def test_of_several_apps_each_has_a_task_of_its_own(world, queue, of_all, of_one):
    world.add_job()
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    of_all()
    assert [asked_for(queue) for _ in range(2)] == [(of_one, [None]), (of_one, [sports.pk])]
    assert not world.journal


def test_deliveries_of_each_app_are_followed_by_a_task_of_its_own(world, make_job, queue):
    job = make_job()
    Job.objects.update(checked_at=None)
    WebhookDelivery.objects.create(app="settings", job_id=job.remote_id)
    WebhookDelivery.objects.create(app="7", job_id=job.remote_id)
    tasks.follow_deliveries()
    asked = sorted(asked_for(queue) for _ in range(2))
    assert asked == [("mediajobs.follow_app", ["7"]), ("mediajobs.follow_app", ["settings"])]
    assert not world.journal
    # It is slow, and was the only one when the clock last asked.
    tasks.under_way.update({("follow_deliveries",), ("follow_app", "7")})
    try:
        tasks.follow_deliveries()
        assert sorted(asked_for(queue) for _ in range(2)) == asked
        tasks.follow_app("7")
        tasks.follow_app("settings")
    finally:
        tasks.under_way.clear()
    assert list(WebhookDelivery.objects.waiting().values_list("app", flat=True)) == ["7"]


def test_deliveries_of_the_only_app_that_has_some_are_followed_at_once(world, make_job, queue):
    job = make_job()
    Job.objects.update(checked_at=None)
    WebhookDelivery.objects.create(app="settings", job_id=job.remote_id)
    tasks.follow_deliveries()
    assert queue.qsize() == 0
    assert not WebhookDelivery.objects.waiting().exists()


def test_a_slow_app_keeps_nobody_from_the_jobs_of_another(world, panel_settings):
    panel_settings.ENVIRONMENT = Environment({"DOLBYIO_SPORTS_API_TOKEN": "test-token"})
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    world.add_job()
    tasks.under_way.add(("discover_app", None))
    try:
        tasks.discover_app(None)
        tasks.discover_app(sports.pk)
    finally:
        tasks.under_way.clear()
    assert Job.objects.get().credential == sports


def test_an_app_that_was_removed_meanwhile_is_not_taken_for_another(world):
    world.add_job()
    for task in (tasks.discover_app, tasks.refresh_app):
        task(4711)
    assert not world.journal
