"""Whether worker and remote are alive, in words and for machines."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs import guard, health
from mediajobs.health import WORKER_SILENCE_SECONDS
from mediajobs.models import (
    AuditAnchor,
    AuditKind,
    Credential,
    DeliveryState,
    Heartbeat,
    WebhookDelivery,
)
from mediajobs.services import pulse
from mediajobs.services.audit import ENGINE, Actor, record, seal


def fall_silent(name, seconds):
    moment = timezone.now() - timedelta(seconds=seconds)
    Heartbeat.objects.filter(name=name).update(beat_at=moment)


def test_a_worker_that_was_never_seen_is_not_well_and_the_words_say_how_to_start_one(db):
    worker = health.worker()
    assert not worker.is_well
    assert worker.seen_at is None
    assert worker.words.startswith("No sign of life by way of clock, queue and worker so far.")
    assert "manage.py serve" in worker.words


def test_a_worker_that_was_seen_lately_is_well(db):
    pulse.beat(Heartbeat.WORKER)
    fall_silent(Heartbeat.WORKER, WORKER_SILENCE_SECONDS - 5)
    assert health.worker().is_well


def test_a_worker_that_has_fallen_silent_is_not_well_and_was_seen(db):
    pulse.beat(Heartbeat.WORKER)
    fall_silent(Heartbeat.WORKER, WORKER_SILENCE_SECONDS + 1)
    assert not health.worker().is_well
    assert health.worker().seen_at


def test_silence_is_told_as_no_more_than_is_known_and_where_to_look(db):
    pulse.beat(Heartbeat.WORKER)
    fall_silent(Heartbeat.WORKER, 300)
    words = health.worker().words
    assert "No sign of life by way of clock, queue and worker for 5 min." in words
    assert "A worker still at a cancellation may go on sending." in words
    assert "Look whether worker, clock (beat) and broker run" in words
    assert "nothing is sent" not in words


def test_a_short_silence_is_told_in_seconds(db):
    pulse.beat(Heartbeat.WORKER)
    fall_silent(Heartbeat.WORKER, 45)
    assert re.search(r"and worker for \d\d s\.", health.worker().words)


def test_a_worker_that_was_last_seen_by_a_clock_that_went_ahead_is_not_well(db):
    pulse.beat(Heartbeat.WORKER)
    fall_silent(Heartbeat.WORKER, -3630)
    assert not health.worker().is_well
    assert "and worker but one dated 60 min ahead." in health.worker().words


def test_a_trail_that_could_be_changed_is_not_well_and_the_words_say_how_to_mend_it(db):
    assert health.trail().is_well
    guard.remove(guard.EVENTS)
    trail = health.trail()
    assert not trail.is_well
    assert "mediajobs_auditevent" in trail.words
    assert "manage.py migrate" in trail.words


def record_one(**age):
    record(AuditKind.JOB_EDITED, ENGINE, at=timezone.now() - timedelta(**age))


def test_a_trail_with_an_event_of_a_moment_ago_that_is_not_sealed_yet_is_well(db):
    record_one(seconds=50)
    assert health.trail().is_well


@pytest.mark.parametrize("age", [{"seconds": 70}, {"days": 2}])
def test_a_trail_of_which_nothing_is_sealed_for_a_minute_is_not_well(db, age):
    record_one(hours=50)
    seal()
    record_one(**age)
    record_one(seconds=5)
    trail = health.trail()
    assert not trail.is_well
    assert "wait for more than a minute to be sealed. Start the workers anew" in trail.words
    seal()
    assert health.trail().is_well


def test_places_that_checkpoints_do_not_reach_are_told_and_others_not_mentioned(db):
    AuditAnchor.objects.create(place="host:/mnt/copy", problem="Checkpoint 7 did not reach it.")
    AuditAnchor.objects.create(place="URL:0123", number=7)
    (copies,) = health.copies()
    assert (copies.is_well, copies.words) == (False, "Checkpoint 7 did not reach it.")
    assert health.trail().is_well


def test_a_remote_that_was_never_asked_is_not_called_failing(db):
    assert health.remote().is_well
    assert "not been asked" in health.remote().words


def test_a_remote_that_fails_says_why_and_when_it_was_last_well(db):
    pulse.beat(Heartbeat.REMOTE)
    seen_at = Heartbeat.objects.get(name=Heartbeat.REMOTE).beat_at
    pulse.fail(Heartbeat.REMOTE, "Connection refused.")
    remote = health.remote()
    assert not remote.is_well
    assert "Connection refused." in remote.words
    assert remote.seen_at == seen_at


def test_a_remote_that_answers_again_is_well(db):
    pulse.fail(Heartbeat.REMOTE, "Connection refused.")
    pulse.beat(Heartbeat.REMOTE)
    assert health.remote().is_well


def deliver(seconds_ago, **fields):
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return WebhookDelivery.objects.create(app="settings", received_at=at, due_at=at, **fields)


def reject(hours_ago):
    at = timezone.now() - timedelta(hours=hours_ago)
    by = Actor(name="webhook", channel="webhook")
    detail = "3 deliveries without a right secret; the newest came from 10.0.0.1."
    record(AuditKind.WEBHOOK_REJECTED, by, detail=detail, at=at)


def test_a_webhook_that_nobody_uses_or_that_works_is_not_mentioned(db):
    assert health.webhook() == []
    deliver(seconds_ago=10)
    deliver(seconds_ago=600, state=DeliveryState.HANDLED)
    assert health.webhook() == []


def test_deliveries_that_nobody_follows_are_told(db):
    delivery = deliver(seconds_ago=200)
    (webhook,) = health.webhook()
    assert not webhook.is_well
    assert webhook.words.startswith("Deliveries of the webhook wait to be followed")
    assert webhook.seen_at == delivery.received_at


def test_rejected_deliveries_are_told_for_an_hour_and_what_may_help(db):
    reject(hours_ago=0.9)
    (webhook,) = health.webhook()
    assert "3 deliveries without a right secret; the newest came from 10.0.0.1." in webhook.words
    assert "manage.py webhook register" in webhook.words
    assert webhook.seen_at is None


def test_rejections_of_long_ago_are_no_news(db):
    reject(hours_ago=1.1)
    assert health.webhook() == []


def test_settings_without_credentials_are_no_remote_that_fails(db, panel_settings):
    pulse.fail(Heartbeat.REMOTE, "No credentials are set.")
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    panel_settings.DOLBYIO_API_TOKEN = ""
    assert [remote.words for remote in health.remotes()] == [
        "The media API has not been asked yet for Sports."
    ]
