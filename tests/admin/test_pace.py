"""What the page of a cancellation says of its pace."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs import remote
from mediajobs.admin.pace import duration, pace_words
from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelAttempt, CancelBatch
from mediajobs.services.audit import ENGINE
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.run import send
from mediajobs.services.cancel.steer import pause_by_engine, resume
from tests.admin.cancel_steps import release, text, url
from tests.services.cancel.steps import write


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


@pytest.fixture
def batch(person, make_job, world):
    """A cancellation of six jobs, five of which are sent."""
    world.cancel_delay = 3600
    batch = release_a_minute_ago(*(make_job() for _ in range(6)))
    send_some(batch, 5)
    return batch


def release_a_minute_ago(*jobs):
    return running_for(60, release(*jobs))


def running_for(seconds, batch):
    batch.confirmed_at = timezone.now() - timedelta(seconds=seconds)
    batch.save()
    return batch


def send_some(batch, count):
    claimed = claim(batch, worker="test", limit=count)
    client = remote.connect()
    write(batch, [send(client, attempt, still_wanted=lambda: True) for attempt in claimed])


def page(person, batch):
    return text(person.get(url("progress", batch)))


def pace_in(words):
    return float(re.search(r"Pace (\S+) a second", words)[1])


def test_it_tells_the_pace_and_when_all_will_be_sent(person, batch):
    words = page(person, batch)
    assert "0.5 a second over the last 10 seconds" in words
    assert "the rest is sent in about 2 s." in words
    assert "Held back" not in words


def test_soon_after_its_release_the_pace_is_that_of_the_time_since(person, batch):
    running_for(4, batch)
    words = page(person, batch)
    assert re.search(r"1\.\d* a second over the last [45] seconds; .* in about 1 s\.", words)


def test_just_after_its_release_the_pace_is_that_of_a_second_at_least(person, make_job):
    batch = release(*(make_job() for _ in range(6)))
    send_some(batch, 5)
    words = page(person, batch)
    assert "over the last 10 seconds" not in words
    assert 0.5 < pace_in(words) <= 5


def test_soon_after_a_resume_the_pace_is_that_of_the_time_since(person, batch):
    """Also where the engine resumed it, and what was sent before the pause is no part of it."""
    pause_by_engine(batch, reason="The media API fails.", retry_after=0)
    assert resume(batch, by=ENGINE)
    send_some(batch, 1)
    batch.attempts.filter(pk=batch.attempts.first().pk).update(state=AttemptState.QUEUED)
    words = page(person, batch)
    assert "over the last 10 seconds" not in words
    assert 0.1 < pace_in(words) <= 1


def test_a_batch_that_came_to_a_halt_says_so_and_promises_nothing(person, batch):
    CancelBatch.objects.update(worked_at=timezone.now())
    waiting = release_a_minute_ago(CancelAttempt.objects.filter(state="queued").get().job)
    words = page(person, waiting)
    assert "No request was accepted in the last 10 seconds" in words
    assert "is sent in about" not in words


@pytest.mark.parametrize("state", set(BatchState) - {BatchState.RUNNING, BatchState.DRAFT})
def test_a_batch_that_is_not_being_sent_has_no_pace(person, batch, state):
    CancelBatch.objects.update(state=state)
    assert "Pace" not in page(person, batch)


def test_a_batch_with_nothing_left_to_send_has_no_pace(person, batch):
    send_some(batch, 1)
    assert "Pace" not in page(person, batch)


def test_it_names_what_held_the_worker_back_a_moment_ago(person, batch):
    words = "The media API asked for fewer calls: 12 a second now."
    CancelBatch.objects.update(held_by=words, worked_at=timezone.now())
    assert f"Held back {words}" in page(person, batch)
    CancelBatch.objects.update(worked_at=timezone.now() - timedelta(minutes=1))
    assert words not in page(person, batch)


def test_it_names_how_many_wait_for_another_try_and_until_when(person, batch):
    until = timezone.now() + timedelta(minutes=1)
    CancelAttempt.objects.filter(state="queued").update(not_before=until)
    assert f"1 waits for the next try, from {until:%H:%M:%S} UTC on." in page(person, batch)


@pytest.fixture
def second(batch, make_job):
    """A cancellation of two new jobs, one of which is sent, after five that are requested."""
    asked = batch.attempts.filter(state=AttemptState.REQUESTED)
    second = release_a_minute_ago(*(attempt.job for attempt in asked), make_job(), make_job())
    send_some(second, 6)
    return second


def test_what_another_cancellation_asked_for_is_named_so_and_takes_no_time(person, second):
    words = page(person, second)
    assert "Held back 5 wait for another cancellation’s request, and no time" in words
    assert "the rest is sent in about 10 s." in words
    assert "next try" not in words


def test_where_all_that_is_left_was_asked_for_by_another_there_is_nothing_to_send(person, second):
    send_some(second, 1)
    words = page(person, second)
    assert "Nothing is left to send but what waits for another cancellation." in words
    assert "is sent in about" not in words


def test_what_waits_for_a_look_is_named_so_though_it_followed_another_before(person, second):
    other = second.attempts.filter(joined_to__isnull=False).first()
    CancelAttempt.objects.filter(pk=other.joined_to_id).update(state=AttemptState.UNCONFIRMED)
    second.attempts.filter(pk=other.pk).update(not_before=None)
    send_some(second, 1)
    words = page(person, second)
    assert "4 wait for another cancellation’s request" in words
    assert "1 waits for a look at the job." in words
    assert "next try" not in words


def test_it_names_how_many_other_cancellations_share_its_pace(person, batch, make_job):
    release_a_minute_ago(make_job())
    assert "It takes turns with 1 other cancellation." in page(person, batch)


@pytest.mark.parametrize(
    ("sent", "queued", "pace", "left"),
    [(500, 5000, "50", "100 s"), (4123, 90_000, "412", "4 min"), (1, 1000, "0.1", "3 h")],
)
def test_pace_in_words(sent, queued, pace, left):
    assert pace_words(sent, queued, 10.0) == (
        f"{pace} a second over the last 10 seconds; at this pace the rest is sent in about {left}."
    )


def test_a_pace_of_little_more_than_a_second_in_words():
    assert pace_words(60, 120, 1.2) == (
        "50 a second over the last second; at this pace the rest is sent in about 3 s."
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (119, "119 s"), (120, "2 min"), (121, "3 min"), (7199, "120 min"), (9e3, "3 h")],
)
def test_a_length_of_time_is_never_promised_too_short(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("fault", ["throttle", "unavailable", "error", "lost", "reset"])
def test_what_may_have_to_be_sent_again_is_no_progress(person, make_job, world, fault):
    batch = release_a_minute_ago(make_job(), make_job())
    world.fault_next(f"cancel.{fault}")
    send_some(batch, 1)
    words = page(person, batch)
    assert "No request was accepted in the last 10 seconds, nor refused for good" in words
    assert "cannot be told" in words
    assert "is sent in about" not in words


@pytest.mark.parametrize("fault", ["refuse", "finish_anyway", "garbage"])
def test_what_need_not_be_sent_again_is_progress(person, make_job, world, fault):
    batch = release_a_minute_ago(make_job(), make_job())
    world.fault_next(f"cancel.{fault}")
    send_some(batch, 1)
    assert "0.1 a second over the last 10 seconds" in page(person, batch)


def test_a_job_that_the_remote_does_not_know_is_progress_too(person, make_job, world):
    batch = release_a_minute_ago(make_job(), make_job())
    world.jobs.clear()
    send_some(batch, 1)
    assert "0.1 a second over the last 10 seconds" in page(person, batch)


def test_what_was_sent_earlier_is_not_the_pace_of_now(batch):
    a_while_ago = timezone.now() - timedelta(minutes=1)
    assert AuditEvent.objects.sent_count(batch.pk, since=a_while_ago) == 5
    assert AuditEvent.objects.sent_count(batch.pk, since=timezone.now()) == 0
