"""Celery's door: each task does its one thing, stops early, and is not done twice at once."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from mediajobs import tasks
from mediajobs.celery import app
from mediajobs.models import (
    AttemptState,
    AuditCheckpoint,
    AuditEvent,
    CancelBatch,
    Heartbeat,
    Job,
    WebhookDelivery,
)
from mediajobs.services import audit, cancel, settle
from mediajobs.services.audit import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(make_job):
    """A released cancellation of three jobs."""
    for _ in range(3):
        make_job()
    by = Actor.from_shell("tester")
    batch = cancel.draft(Job.objects.all(), by=by, selection="all")
    cancel.confirm(batch, by=by, category="other", reason="x", inline=True)
    return batch


@pytest.fixture
def stopping():
    yield tasks.stopping
    tasks.stopping.clear()


@pytest.fixture
def queue():
    """The queue of the worker, empty."""
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        yield queue
        queue.close()


@pytest.fixture
def crowd():
    """As many deeds under way as leave no thread for a batch."""
    tasks.under_way.update(("run_turn", -number) for number in range(tasks.MOST_UNDER_WAY))
    yield
    tasks.under_way.clear()
    tasks.waiting.clear()


def asked_for(queue):
    message = queue.get(timeout=5)
    return message.headers["task"], message.payload[0]


def states(batch):
    return set(batch.attempts.values_list("state", flat=True))


def test_running_a_batch_requests_its_cancellations(batch):
    tasks.run_batch(batch.pk)
    assert states(batch) == {AttemptState.REQUESTED}


def test_a_batch_that_is_gone_is_no_error(caplog):
    tasks.run_batch(4711)


def test_a_worker_that_is_told_to_end_sends_nothing_more(batch, stopping, world):
    tasks.stop_turns()
    tasks.run_batch(batch.pk)
    assert states(batch) == {AttemptState.QUEUED}
    assert not world.journal.cancels


def test_the_end_of_one_batch_does_not_stop_the_worker(batch, stopping):
    CancelBatch.objects.update(state="paused")
    tasks.run_batch(batch.pk)
    assert not stopping.is_set()


def test_a_batch_with_more_to_do_asks_for_another_turn(batch, stopping, queue):
    tasks.stop_turns()
    tasks.run_batch(batch.pk)
    assert asked_for(queue) == ("mediajobs.run_batch", [batch.pk])


def test_while_many_turns_are_under_way_a_batch_waits_and_leaves_threads_to_the_clock(
    batch, crowd, queue
):
    tasks.run_batch(batch.pk)
    assert states(batch) == {AttemptState.QUEUED}
    assert list(tasks.waiting) == [batch.pk]


def test_sweeps_of_many_apps_keep_no_batch_from_its_turn(batch, crowd):
    tasks.under_way.clear()
    tasks.under_way.update(("discover_app", number) for number in range(tasks.MOST_UNDER_WAY))
    tasks.run_batch(batch.pk)
    assert states(batch) == {AttemptState.REQUESTED}


def test_who_ends_a_turn_asks_for_the_batch_that_has_waited_longest(batch, crowd, queue, stopping):
    for waiting in (4711, 4712):
        tasks.run_batch(waiting)
    tasks.under_way.clear()
    tasks.stop_turns()
    tasks.run_batch(batch.pk)
    assert asked_for(queue) == ("mediajobs.run_batch", [4711])
    assert list(tasks.waiting) == [4712, batch.pk]


def test_a_worker_that_has_started_asks_for_the_work_of_the_last_one(batch, queue):
    tasks.ask_for_work()
    assert asked_for(queue) == ("mediajobs.pick_up", [])
    tasks.pick_up()


def test_the_remote_s_health_is_noted_with_each_sweep(make_job, world):
    make_job()
    world.fault_next(*["error"] * 3)
    tasks.refresh_active()
    assert Heartbeat.objects.get(name="remote").failing_since
    tasks.refresh_active()
    assert Heartbeat.objects.get(name="remote").failing_since is None


def test_deliveries_are_followed_and_thrown_away_in_time(make_job, world):
    job = make_job()
    Job.objects.update(checked_at=None)
    world.job(job.remote_id).ends_at = world.clock()
    old = timezone.now() - timedelta(days=8)
    WebhookDelivery.objects.create(job_id=job.remote_id, app="settings", received_at=old)
    tasks.follow_deliveries()
    assert Job.objects.get().is_final
    tasks.drop_old_deliveries()
    assert not WebhookDelivery.objects.exists()


def test_a_worker_that_ends_leaves_nothing_unsealed():
    audit.record("job.edited", audit.ENGINE)
    tasks.seal_the_end()
    made = AuditCheckpoint.objects.get()
    assert (made.seq, made.reason) == (2, f"the worker {tasks.worker_name()} ended")


def test_a_worker_that_starts_and_ends_is_on_record_and_the_end_is_sealed():
    tasks.tell_of_start()
    tasks.seal_the_end()
    events = AuditEvent.objects.order_by("pk").values_list("kind", "actor", "channel", "detail")
    told = ("engine", "engine", f"Worker {tasks.worker_name()}")
    assert list(events) == [("worker.started", *told), ("worker.stopped", *told)]
    assert AuditCheckpoint.objects.get().seq == 2


def test_a_worker_starts_without_a_database_and_says_that_it_is_not_on_record(caplog):
    def refuse(*_):
        raise OperationalError("the database is away")

    with connection.execute_wrapper(refuse):
        tasks.tell_of_start()
    assert "worker.started of" in caplog.text
    assert "could not be recorded: the database is away" in caplog.text


def test_a_worker_that_ends_without_a_database_says_so_and_ends(caplog):
    def refuse(*_):
        raise OperationalError("the database is away")

    with connection.execute_wrapper(refuse):
        tasks.seal_the_end()
    assert "no checkpoint at the end of this worker: the database is away" in caplog.text


def test_a_batch_that_finishes_asks_for_a_checkpoint(
    batch, queue, django_capture_on_commit_callbacks
):
    batch.attempts.update(state=AttemptState.CANCELLED)
    with django_capture_on_commit_callbacks(execute=True):
        settle.finish([batch.pk])
    assert asked_for(queue) == ("mediajobs.checkpoint", [f"cancellation {batch.pk} ended"])


def test_a_batch_that_is_aborted_asks_for_a_checkpoint(
    batch, queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        cancel.abort(batch, by=Actor.from_shell("tester"))
    assert ("mediajobs.checkpoint", [f"cancellation {batch.pk} ended"]) in [
        asked_for(queue) for _ in range(2)
    ]


def test_a_beat_shows_that_a_worker_lives():
    tasks.beat()
    assert Heartbeat.objects.get(name="worker").detail == tasks.worker_name()


def test_a_sweep_is_left_out_while_the_last_one_is_under_way():
    begun, go_on, calls = threading.Event(), threading.Event(), []

    @tasks.alone
    def sweep(name):
        calls.append(name)
        begun.set()
        go_on.wait(5)
        return True

    first = threading.Thread(target=sweep, args=["a"])
    first.start()
    begun.wait(5)
    assert sweep("a") is None
    go_on.set()
    assert sweep("b") is True
    first.join()
    assert sweep("a") is True
    assert calls == ["a", "b", "a"]


def test_a_sweep_that_broke_is_not_left_out_the_next_time():
    @tasks.alone
    def sweep():
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            sweep()


def test_every_signal_of_the_clock_names_a_task_and_expires_soon():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] <= max(entry["schedule"], 30)


def test_a_notice_is_sent_by_its_task_which_is_woken_when_it_is_written(
    batch, settings, network, django_capture_on_commit_callbacks
):
    settings.NOTICE_URLS = ["https://hooks.example/panel"]
    network.add("POST", "https://hooks.example/panel", status=204)
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        with django_capture_on_commit_callbacks(execute=True):
            cancel.pause(batch, by=Actor.from_shell("tester"))
        assert queue.get(timeout=5).headers["task"] == "mediajobs.send_notices"
        queue.close()
    tasks.send_notices()
    assert batch.notices.get().state == "sent"
