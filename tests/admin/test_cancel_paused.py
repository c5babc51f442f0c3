"""The page of a cancellation that is paused: why, and what comes next."""

import pytest

from mediajobs.services.cancel.steer import pause_by_engine
from tests.admin.cancel_steps import release, run, text, url


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


def test_a_pause_of_the_engine_says_why_and_when_it_tries_again(person, make_job):
    batch = release(make_job())
    pause_by_engine(batch, reason="The media API fails.", retry_after=60)
    words = text(person.get(url("change", batch)))
    assert "The media API fails. It is tried again by itself at" in words


def test_a_pause_that_only_a_person_can_end_says_so(person, make_job):
    batch = release(make_job())
    pause_by_engine(batch, reason="The credentials are refused.", retry_after=None)
    words = text(person.get(url("change", batch)))
    assert f"Nothing is sent until somebody resumes cancellation {batch.pk}." in words


@pytest.mark.parametrize("retry_after", [None, 60])
def test_a_pause_with_nothing_left_to_send_asks_for_nobody(person, make_job, world, retry_after):
    world.cancel_delay = 3600
    batch = release(make_job())
    run(batch)
    pause_by_engine(batch, reason="The credentials are refused.", retry_after=retry_after)
    words = text(person.get(url("change", batch)))
    assert "The credentials are refused. Nothing was left to send." in words
    assert "until somebody resumes" not in words
    assert "tried again by itself" not in words


@pytest.mark.parametrize("state", ["sending", "unclear"])
def test_a_pause_while_something_may_still_be_sent_says_what_comes_next(person, make_job, state):
    batch = release(make_job())
    batch.attempts.update(state=state)
    pause_by_engine(batch, reason="The credentials are refused.", retry_after=None)
    assert "Nothing is sent until somebody resumes" in text(person.get(url("change", batch)))
