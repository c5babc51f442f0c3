"""Turns: how many at once, how many a second, and when there are none."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mediajobs.remote import (
    Answer,
    HeldBack,
    NoLongerWanted,
    Rejected,
    RemotePausing,
    Throttled,
    Unclear,
)
from mediajobs.remote.pacing import Pacing
from tests.remote.turns import take


def test_calls_go_out_evenly_after_a_small_burst(pacing, clock):
    began = clock.now
    for _ in range(22):
        take(pacing)
    assert clock.now - began == pytest.approx(2.0)
    assert max(clock.slept) == pytest.approx(0.1)


def test_a_quiet_hour_saves_up_no_more_than_the_burst(pacing, clock):
    take(pacing)
    clock.now += 3600
    began = clock.now
    for _ in range(12):
        take(pacing)
    assert clock.now - began == pytest.approx(1.0)


def test_no_more_calls_than_allowed_are_under_way_at_once():
    pacing, lock, under_way, most = Pacing(3, 10_000), threading.Lock(), [], []

    def work(number):
        with pacing.turn():
            with lock:
                under_way.append(number)
                most.append(len(under_way))
            time.sleep(0.01)
            with lock:
                under_way.remove(number)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(24)))
    assert max(most) == 3


def test_time_in_line_is_not_taken_from_the_pause_that_may_be_waited_out():
    pacing = Pacing(50, 5, max_wait=2.0, jitter=lambda: 1.0)
    took = []

    def cancel(number):
        with pacing.turn(pacing.cancels, in_line=True):
            took.append(number)
            if len(took) == 5:
                raise Throttled("slow down", answer=Answer(503, ""), retry_after=1.5)

    with ThreadPoolExecutor(7) as pool:
        cancels = [pool.submit(cancel, number) for number in range(7)]
    failures = [each.exception() for each in cancels if each.exception()]
    assert [type(each) for each in failures] == [Throttled]
    assert len(took) == 7


def test_a_look_waits_for_few_calls_however_many_stand_in_line():
    pacing = Pacing(50, 20)

    def cancel(_):
        with contextlib.suppress(HeldBack), pacing.turn(pacing.cancels, in_line=True):
            pass

    with ThreadPoolExecutor(60) as pool:
        cancels = pool.map(cancel, range(60))
        time.sleep(0.2)
        began = time.monotonic()
        with pacing.turn():
            waited = time.monotonic() - began
        list(cancels)
    assert waited < 0.5


def test_who_waits_too_long_for_a_place_is_held_back():
    pacing = Pacing(1, 10_000, max_wait=0.02)
    with pacing.turn(), ThreadPoolExecutor(1) as pool:
        error = pool.submit(take, pacing).exception()
        assert pacing.snapshot().is_slow
    assert type(error) is HeldBack
    take(pacing)


def test_a_call_that_found_no_room_is_a_warning_for_a_moment(clock):
    pacing = Pacing(4, 0.1, clock=clock, sleep=clock.sleep)
    take(pacing)
    assert not pacing.snapshot().is_crowded
    with pytest.raises(HeldBack):
        take(pacing)
    assert pacing.snapshot().is_crowded
    assert not pacing.snapshot().is_slow
    clock.now += 6
    assert not pacing.snapshot().is_crowded


def test_a_row_too_long_for_the_rate_is_held_back_and_takes_no_place_in_it(clock):
    pacing = Pacing(4, 0.1, clock=clock, sleep=clock.sleep)
    take(pacing)
    for _ in range(3):
        with pytest.raises(HeldBack) as caught:
            take(pacing)
    assert caught.value.retry_after == pytest.approx(9.9)
    clock.now += 9.9
    take(pacing)
    assert clock.slept == []


@pytest.mark.parametrize(
    "error",
    [
        Throttled("slower", answer=Answer(429, ""), retry_after=3.0),
        Unclear("away", answer=Answer(503, ""), retry_after=3.0),
    ],
    ids=["429", "503"],
)
def test_a_short_pause_that_the_remote_asked_for_is_waited_out_by_everybody(pacing, clock, error):
    take(pacing, error)
    take(pacing)
    assert clock.slept == [3.0]


def test_a_long_pause_is_not_waited_out_but_said(pacing, clock):
    take(pacing, Throttled("slower", answer=Answer(429, ""), retry_after=60.0))
    clock.now += 10
    with pytest.raises(RemotePausing, match="50 s") as caught:
        take(pacing)
    assert caught.value.retry_after == 50
    assert pacing.snapshot().backing_off_for == 50
    assert clock.slept == []


def test_after_a_pause_the_calls_come_evenly_and_not_all_at_once(pacing, clock):
    take(pacing, Unclear("away", answer=Answer(503, ""), retry_after=3.0))
    began = clock.now
    for _ in range(11):
        take(pacing)
    assert clock.now - began == pytest.approx(4.0)


def test_a_429_halves_the_rate_and_it_comes_back_within_half_a_minute(pacing, clock):
    take(pacing, Throttled("slower", answer=Answer(429, ""), retry_after=1.0))
    assert pacing.snapshot().per_second == 5
    began = clock.now
    for _ in range(6):
        take(pacing)
    assert clock.now - began == pytest.approx(1.9, abs=0.1)
    clock.now += 30
    assert pacing.snapshot().per_second == 10


def test_a_503_asks_for_a_pause_and_not_for_fewer_calls(pacing):
    take(pacing, Unclear("away", answer=Answer(503, ""), retry_after=1.0))
    assert pacing.snapshot().per_second == 10


class Others:
    """Other workers: what they leave of the common rate, and what they were asked for."""

    def __init__(self, leave):
        self.leave, self.asked = leave, []

    def wait(self, seconds):
        self.asked.append(seconds)
        return self.leave


def test_a_call_goes_out_when_the_other_workers_leave_room_for_it(clock):
    others = Others(True)
    take(Pacing(4, 10, clock=clock, sleep=clock.sleep, shared=others))
    assert others.asked == [5.0]


def test_a_call_that_is_sent_twice_in_one_turn_counts_twice(pacing, clock):
    take(pacing)
    pacing.count_another()
    take(pacing)
    assert clock() - 1000.0 == pytest.approx(0.1)


def test_a_call_without_room_among_the_other_workers_is_held_back(clock):
    pacing = Pacing(4, 10, clock=clock, sleep=clock.sleep, shared=Others(False))
    with pytest.raises(HeldBack, match="together"):
        take(pacing)
    assert pacing.snapshot().per_second == 5


def test_a_pause_asked_for_while_a_call_waits_holds_that_call_too(clock):
    def sleep(seconds):
        clock.sleep(seconds)
        if len(clock.slept) == 1:
            take(other, Throttled("slower", answer=Answer(429, ""), retry_after=2.0))

    other = Pacing(4, 10, clock=clock, sleep=sleep)
    for _ in range(3):
        take(other)
    assert clock.slept == pytest.approx([0.1, 0.1, 2.0])


def test_every_way_out_of_a_turn_gives_the_place_back(clock):
    pacing = Pacing(1, 10_000, clock=clock, sleep=clock.sleep, max_wait=0.02)
    for error in (Rejected("x"), NoLongerWanted("x"), KeyboardInterrupt(), RuntimeError("x")):
        take(pacing, error)
    take(pacing, Throttled("x", answer=Answer(429, ""), retry_after=60.0))
    with pytest.raises(RemotePausing):
        take(pacing)
    clock.now += 60
    take(pacing)


def test_a_fresh_pacing_has_nothing_to_report(pacing):
    snapshot = pacing.snapshot()
    assert (snapshot.reads_open, snapshot.backing_off_for) == (False, 0)
    assert (snapshot.per_second, snapshot.most_per_second) == (10, 10)
    assert snapshot.queued_for == 0


def test_the_snapshot_tells_how_long_the_row_of_waiting_calls_is(pacing):
    for _ in range(3):
        take(pacing)
    assert pacing.snapshot().queued_for == pytest.approx(0.1)
