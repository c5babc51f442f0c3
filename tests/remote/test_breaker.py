"""The breaker and the back-off, as plain arithmetic on a clock that the test holds."""

import pytest

from mediajobs.remote.breaker import BackOff, Breaker


def opened(now=100.0):
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(now, was_probe=False)
    return breaker


def asked(back_off, now, started_at=None, retry_after=None, jitter=1.0):
    started_at = now if started_at is None else started_at
    back_off.asked(now, started_at=started_at, retry_after=retry_after, jitter=jitter)
    return back_off.until - now


def test_nine_failures_in_a_row_do_not_open_it_and_the_tenth_does():
    breaker = Breaker()
    for _ in range(9):
        breaker.failed(100.0, was_probe=False)
    assert breaker.refuses_for(100.0) == 0
    breaker.failed(100.0, was_probe=False)
    assert breaker.refuses_for(100.0) == 15


def test_a_success_in_between_begins_the_count_again():
    breaker = Breaker()
    for _ in range(9):
        breaker.failed(100.0, was_probe=False)
    breaker.succeeded()
    breaker.failed(100.0, was_probe=False)
    assert not breaker.is_open


def test_it_stays_open_for_15_then_30_then_60_seconds_and_no_longer():
    breaker, now = opened(), 100.0
    for seconds in (15, 30, 60, 60):
        assert breaker.refuses_for(now) == seconds
        now += seconds
        assert breaker.refuses_for(now) == 0
        breaker.failed(now, was_probe=True)


def test_failures_of_calls_that_were_under_way_do_not_open_it_further():
    breaker = opened()
    for _ in range(30):
        breaker.failed(101.0, was_probe=False)
    assert breaker.refuses_for(101.0) == 14


def test_one_probe_at_a_time_goes_out_when_the_time_is_over():
    breaker = opened()
    assert breaker.refuses_for(115.0) == 0
    breaker.probing = True
    assert breaker.refuses_for(115.0) == 1
    breaker.probe_ended()
    assert breaker.refuses_for(115.0) == 0


def test_a_success_closes_it_and_the_next_opening_is_short_again():
    breaker = opened()
    breaker.failed(115.0, was_probe=True)
    breaker.succeeded()
    assert breaker.refuses_for(115.0) == 0
    for _ in range(10):
        breaker.failed(200.0, was_probe=False)
    assert breaker.refuses_for(200.0) == 15


def test_pauses_without_a_number_double_up_to_a_minute():
    back_off, now, pauses = BackOff(), 100.0, []
    for _ in range(9):
        pauses.append(asked(back_off, now))
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_half_of_a_pause_is_chance(jitter, seconds):
    assert asked(BackOff(), 100.0, jitter=jitter) == seconds


def test_the_remotes_own_number_is_kept_to():
    assert asked(BackOff(), 100.0, retry_after=17.0, jitter=0.0) == 17


def test_a_retry_after_of_zero_does_not_mean_at_once():
    assert asked(BackOff(), 100.0, retry_after=0.0) == 1


def test_thirty_calls_throttled_together_make_one_step():
    back_off = BackOff()
    for number in range(30):
        asked(back_off, 100.0 + number / 50, started_at=99.0)
    assert back_off.until == 101
    assert asked(back_off, 101.0) == 2


def test_thirty_wishes_for_the_same_pause_make_one_step_too():
    back_off = BackOff()
    for _ in range(30):
        asked(back_off, 100.0, started_at=99.0, retry_after=5.0)
    assert back_off.until == 105
    assert asked(back_off, 105.0) == 2


def test_a_shorter_wish_does_not_cut_a_longer_pause():
    back_off = BackOff()
    asked(back_off, 100.0, retry_after=60.0)
    asked(back_off, 101.0, retry_after=5.0)
    assert back_off.until == 160


def test_a_success_begins_the_steps_again():
    back_off = BackOff()
    asked(back_off, 100.0)
    asked(back_off, 101.0)
    back_off.succeeded(started_at=103.0)
    assert asked(back_off, 110.0) == 1


def test_a_success_of_a_call_from_before_the_pause_changes_nothing():
    back_off = BackOff()
    asked(back_off, 100.0)
    back_off.succeeded(started_at=99.0)
    assert back_off.until == 101
    assert asked(back_off, 101.0) == 2
