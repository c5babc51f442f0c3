"""Deliveries are followed: the jobs they name are read once, and what they say is not used."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from threading import Event

import pytest
from django.utils import timezone

from mediajobs.checks import LONGEST_CALL
from mediajobs.environment import Environment
from mediajobs.models import Credential, DeliveryState, Heartbeat, Job, WebhookDelivery
from mediajobs.remote import connect
from mediajobs.services import sync, webhooks
from mediajobs.services.sync.refresh import READERS
from mediajobs.services.webhooks.follow import LEASE, MOST_JOBS, REST, take

SECRET = "s" * 24

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.MEDIA_WEBHOOK_SECRETS = [SECRET]


def deliver(job_id, status="Success", app=None):
    body = json.dumps({"job_id": job_id, "status": status, "path": "/media/enhance"}).encode()
    webhooks.receive(body, secret=SECRET, job_id="", app=app, address="127.0.0.1")


def follow():
    """Follow what waits, app after app."""
    for app in webhooks.apps_to_follow():
        webhooks.follow(app)


def end(world, job, ending="Success"):
    """Let a job of the remote end now."""
    played = world.job(job.remote_id)
    played.ends_at, played.ending = world.clock(), ending


@pytest.fixture
def make_old_job(world, make_job):
    """Make a job that was found in the list, and last read a while ago."""

    def make(**about):
        job = make_job(**about)
        submitted_at = datetime.fromtimestamp(world.job(job.remote_id).submitted_ms / 1000, UTC)
        checked_at = timezone.now() - timedelta(minutes=5)
        Job.objects.filter(pk=job.pk).update(checked_at=checked_at, submitted_at=submitted_at)
        return job

    return make


def states():
    rows = WebhookDelivery.objects.order_by("pk")
    return [(each.job_id, DeliveryState(each.state)) for each in rows]


def status(job):
    job.refresh_from_db()
    return job.status


def reads(world):
    return [entry for entry in world.journal if entry.method == "GET"]


def test_the_job_is_read_and_the_delivery_handled(world, make_old_job):
    job = make_old_job()
    end(world, job, "Failed")
    deliver(job.remote_id, status="Success")
    follow()
    assert status(job) == "failed"
    assert job.completed_at
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, bool(delivery.handled_at)) == (DeliveryState.HANDLED, True)
    follow()
    assert len(reads(world)) == 2  # its status, and its times from the list


def test_what_a_delivery_says_is_not_believed(world, make_old_job):
    job = make_old_job()
    deliver(job.remote_id, status="Cancelled")
    follow()
    assert (status(job), job.path) == ("running", "/media/transcode")
    assert states() == [(job.remote_id, DeliveryState.HANDLED)]


def test_duplicates_cost_one_read(world, make_old_job):
    job = make_old_job()
    for _ in range(50):
        deliver(job.remote_id)
    follow()
    assert len(reads(world)) == 1
    assert set(states()) == {(job.remote_id, DeliveryState.HANDLED)}


def test_a_replay_about_a_job_that_ended_costs_no_call(world, make_old_job):
    job = make_old_job()
    end(world, job)
    deliver(job.remote_id)
    follow()
    before = len(world.journal)
    for _ in range(50):
        deliver(job.remote_id, status="Running")
    follow()
    assert len(world.journal) == before
    assert status(job) == "success"
    assert {state for _, state in states()} == {DeliveryState.HANDLED}


def test_a_job_that_was_read_just_now_rests_before_it_is_read_again(world, make_old_job):
    job = make_old_job()
    for _ in range(5):
        deliver(job.remote_id)
        follow()
    assert len(reads(world)) == 1
    assert [state for _, state in states()] == [DeliveryState.HANDLED] + [
        DeliveryState.RECEIVED
    ] * 4
    end(world, job)
    Job.objects.update(checked_at=timezone.now() - REST)
    WebhookDelivery.objects.update(due_at=timezone.now())
    follow()
    assert status(job) == "success"
    assert {state for _, state in states()} == {DeliveryState.HANDLED}


@pytest.mark.parametrize(
    ("wait", "state"),
    [(LEASE, DeliveryState.RECEIVED), (2 * LEASE, DeliveryState.HANDLED)],
)
def test_a_delivery_that_waits_longer_than_any_may_is_followed_since_a_clock_was_wrong(
    make_old_job, wait, state
):
    job = make_old_job()
    deliver(job.remote_id)
    WebhookDelivery.objects.update(due_at=timezone.now() + wait)
    follow()
    assert states() == [(job.remote_id, state)]


def test_an_unknown_job_is_left_to_discovery_and_costs_no_call(world, make_old_job):
    make_old_job()
    deliver("no-such-job-1")
    follow()
    assert states() == [("no-such-job-1", DeliveryState.UNKNOWN)]
    assert not world.journal
    assert Job.objects.count() == 1


def test_a_job_that_cannot_be_read_is_left_to_the_sweep_after_one_attempt(world, make_old_job):
    job = make_old_job()
    deliver(job.remote_id)
    world.fault_next("status.error")
    follow()
    assert states() == [(job.remote_id, DeliveryState.LEFT)]
    assert Heartbeat.objects.get(name=Heartbeat.REMOTE).failing_since
    follow()
    assert len(reads(world)) == 1
    end(world, job)
    sync.refresh_active()
    assert status(job) == "success"


def test_a_worker_that_ends_leaves_the_jobs_to_the_sweep(world, make_old_job):
    job, stop = make_old_job(), Event()
    deliver(job.remote_id)
    stop.set()
    webhooks.follow("settings", stop=stop)
    assert not world.journal
    assert states() == [(job.remote_id, DeliveryState.LEFT)]


def test_nobody_takes_deliveries_over_while_the_slowest_of_remotes_is_read():
    assert timedelta(seconds=LONGEST_CALL * MOST_JOBS / READERS) < LEASE


def test_hints_about_thousands_of_jobs_cost_few_calls_a_turn(world, make_old_job):
    jobs = [make_old_job() for _ in range(230)]
    for job in jobs:
        deliver(job.remote_id)
    follow()
    assert len(reads(world)) <= 5  # pages of the list
    assert [state for _, state in states()].count(DeliveryState.HANDLED) == MOST_JOBS
    follow()
    assert {state for _, state in states()} == {DeliveryState.HANDLED}


def test_forged_ids_by_the_thousand_cost_no_call_at_all(world):
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(job_id=f"forged-{number}", app="settings") for number in range(2500)
    )
    for _ in range(3):
        follow()
    assert not world.journal
    assert {state for _, state in states()} == {DeliveryState.UNKNOWN}


def test_jobs_of_each_app_are_read_with_its_credentials(world, make_old_job, settings):
    settings.ENVIRONMENT = Environment({"DOLBYIO_SPORTS_API_TOKEN": "wrong"})
    app = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    theirs, ours = make_old_job(), make_old_job()
    Job.objects.filter(pk=theirs.pk).update(credential=app)
    end(world, theirs), end(world, ours)
    deliver(theirs.remote_id, app=app.pk), deliver(ours.remote_id)
    follow()
    assert (status(theirs), status(ours)) == ("running", "success")
    assert states() == [
        (theirs.remote_id, DeliveryState.LEFT),
        (ours.remote_id, DeliveryState.HANDLED),
    ]


def test_a_flood_about_one_app_keeps_nobody_from_the_jobs_of_the_others(world, make_old_job):
    flood = (WebhookDelivery(job_id=f"forged-{number}", app="7") for number in range(2500))
    WebhookDelivery.objects.bulk_create(flood)
    job = make_old_job()
    deliver(job.remote_id)
    follow()
    assert states()[-1] == (job.remote_id, DeliveryState.HANDLED)
    assert WebhookDelivery.objects.waiting().exists()


def test_deliveries_that_a_worker_has_in_hand_are_left_to_it_until_it_is_given_up(
    world, make_old_job
):
    job = make_old_job()
    deliver(job.remote_id)
    assert take("settings") == {job.remote_id: [WebhookDelivery.objects.get().pk]}
    follow()
    assert not world.journal
    WebhookDelivery.objects.update(due_at=timezone.now())
    follow()
    assert states() == [(job.remote_id, DeliveryState.HANDLED)]


NEWS = ("truth", "old hint", "forged hint", "sweep", "list")


@pytest.mark.parametrize("order", list(permutations(NEWS)), ids="-".join)
def test_no_order_of_news_undoes_the_end_of_a_job(world, make_old_job, order):
    job = make_old_job()
    early = timezone.now() - timedelta(seconds=30)
    running = connect().status(job.path, job.remote_id)
    end(world, job)
    for news in order:
        tell(news, job, running, early)
        Job.objects.update(checked_at=timezone.now() - timedelta(seconds=10))
        WebhookDelivery.objects.update(due_at=timezone.now())
    assert status(job) == "success"


def tell(news, job, running, early):
    match news:
        case "truth":
            deliver(job.remote_id, "Success"), follow()
        case "old hint":
            deliver(job.remote_id, "Running"), follow()
        case "forged hint":
            deliver(job.remote_id, "Cancelled"), follow()
        case "sweep":
            sync.store([running], read_at=early, is_sweep=True)
        case "list":
            sync.store([running], read_at=timezone.now(), is_sweep=True)
