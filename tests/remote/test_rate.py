"""The rate that gives way: halved on request, and creeping back."""

import pytest

from mediajobs.remote.rate import Rate


def test_a_rate_that_nobody_complained_of_stays_whole():
    assert Rate(60).at(1000.0) == 60


def test_it_is_halved_and_creeps_back_to_the_whole():
    rate = Rate(60)
    rate.halve(1000.0, started_at=999.0)
    assert rate.at(1000.0) == 30
    assert rate.at(1010.0) == pytest.approx(40)
    assert rate.at(1030.0) == 60
    assert rate.at(9999.0) == 60


def test_calls_that_went_out_together_halve_it_once():
    rate = Rate(60)
    for _ in range(32):
        rate.halve(1000.0, started_at=999.0)
    assert rate.at(1000.0) == 30


def test_a_later_call_halves_what_is_left():
    rate = Rate(60)
    rate.halve(1000.0, started_at=999.0)
    rate.halve(1001.0, started_at=1000.5)
    assert rate.at(1001.0) == pytest.approx(15.5)


def test_a_rate_that_had_come_back_is_halved_even_by_an_old_call():
    rate = Rate(60)
    rate.halve(1000.0, started_at=999.0)
    rate.halve(2000.0, started_at=1500.0)
    assert rate.at(2000.0) == 30


@pytest.mark.parametrize(("most", "least"), [(60, 1.0), (0.5, 0.5)])
def test_it_never_comes_to_a_standstill(most, least):
    rate = Rate(most)
    for second in range(100):
        rate.halve(1000.0 + second / 100, started_at=1000.0 + second / 100)
    assert rate.at(1001.0) >= least
