"""Turns while the remote fails: none, and one probe at a time."""

from dataclasses import replace

import pytest

from mediajobs.remote import (
    Answer,
    CredentialsRefused,
    JobNotFound,
    NoLongerWanted,
    NotSent,
    Rejected,
    RemoteFailing,
    Throttled,
    Unclear,
    Unreadable,
)
from tests.remote.turns import take


def break_open(pacing):
    for _ in range(10):
        take(pacing, Unclear("lost"))


def test_ten_failures_in_a_row_open_the_breaker_for_all(pacing, clock):
    break_open(pacing)
    with pytest.raises(RemoteFailing, match="15 s") as caught:
        take(pacing)
    assert caught.value.retry_after == 15
    assert pacing.snapshot().reads_open


@pytest.mark.parametrize(
    "error", [Unclear("x"), NotSent("x"), Unclear("x", answer=Answer(500, ""))]
)
def test_failures_are_what_may_not_have_reached_a_working_remote(pacing, error):
    take(pacing, error)
    assert pacing.reads.consecutive_failures == 1


@pytest.mark.parametrize(
    "error",
    [
        Rejected("x"),
        JobNotFound("x"),
        CredentialsRefused("x"),
        Unreadable("x"),
        Throttled("x", answer=Answer(429, "")),
    ],
    ids=repr,
)
def test_a_remote_that_refuses_is_alive(pacing, error):
    take(pacing, Unclear("lost"))
    take(pacing, error)
    assert pacing.reads.consecutive_failures == 0


@pytest.mark.parametrize("error", [NoLongerWanted("x"), KeyboardInterrupt(), RuntimeError("x")])
def test_what_is_no_news_of_the_remote_changes_nothing(pacing, error):
    take(pacing, Unclear("lost"))
    before = pacing.snapshot()
    take(pacing, error)
    assert replace(pacing.snapshot(), queued_for=before.queued_for) == before


def test_a_probe_that_succeeds_closes_the_breaker(pacing, clock):
    break_open(pacing)
    clock.now += 15
    take(pacing)
    assert not pacing.snapshot().reads_open
    take(pacing)


def test_a_probe_that_fails_opens_it_for_longer(pacing, clock):
    break_open(pacing)
    clock.now += 15
    take(pacing, Unclear("lost"))
    assert pacing.reads.refuses_for(clock()) == 30


def test_while_a_probe_is_under_way_nobody_else_goes(pacing, clock):
    break_open(pacing)
    clock.now += 15
    with pacing.turn(), pytest.raises(RemoteFailing) as caught:
        take(pacing)
    assert caught.value.retry_after == 1


@pytest.mark.parametrize("error", [NoLongerWanted("x"), KeyboardInterrupt(), RuntimeError("x")])
def test_a_probe_that_never_went_out_lets_another_one_go(pacing, clock, error):
    break_open(pacing)
    clock.now += 15
    take(pacing, error)
    take(pacing)
    assert not pacing.snapshot().reads_open
