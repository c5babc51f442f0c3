"""Whether worker and remote are alive, in words and for machines."""

from datetime import timedelta

from django.utils import timezone

from mediajobs import guard, health
from mediajobs.health import WORKER_SILENCE_SECONDS
from mediajobs.models import Heartbeat
from mediajobs.services import pulse


def fall_silent(name, seconds):
    moment = timezone.now() - timedelta(seconds=seconds)
    Heartbeat.objects.filter(name=name).update(beat_at=moment)


def test_a_worker_that_was_never_seen_is_not_well_and_the_words_say_how_to_start_one(db):
    worker = health.worker()
    assert not worker.is_well
    assert worker.seen_at is None
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


def test_a_trail_that_could_be_changed_is_not_well_and_the_words_say_how_to_mend_it(db):
    assert health.trail().is_well
    guard.remove(guard.EVENTS)
    trail = health.trail()
    assert not trail.is_well
    assert "mediajobs_auditevent" in trail.words
    assert "manage.py migrate" in trail.words


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
