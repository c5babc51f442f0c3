"""Poisoned answers: the deed is done, and what comes back is a trap."""

import gzip
import json

import pytest

from mediajobs.simulator import World
from mediajobs.simulator.poison import HUGE_BYTES, POISONS
from tests.simulated import Clock
from tests.simulator.asking import cancel


@pytest.fixture
def poisoned():
    """Cancel a job and get the answer poisoned."""

    def answer(poison):
        world = World(clock=Clock(), latency=0.5, faults={f"cancel.{poison}": 1.0})
        job_id = world.add_job()
        reply = cancel(world, job_id)
        world.clock.advance(10)
        assert world.job(job_id).status == "Cancelled"
        assert (reply.status, reply.delay) == (200, 0.5)
        return reply

    return answer


@pytest.mark.parametrize("poison", POISONS)
def test_what_was_asked_is_done(poisoned, poison):
    assert poisoned(poison).body


def test_deep_json_is_too_deep_for_the_parser_and_small(poisoned):
    body = poisoned("deep").body
    assert len(body) < 64 * 1024
    with pytest.raises(RecursionError):
        json.loads(body)


def test_nested_json_is_read_by_the_parser(poisoned):
    error, depth = json.loads(poisoned("nested").body)["error"], 1
    while error:
        (error,), depth = error, depth + 1
    assert depth == 700


def test_nul_hides_in_the_words_of_good_json(poisoned):
    body = json.loads(poisoned("nul").body)
    assert "\x00" in body["status"]
    assert body["detail"] == "\ud800"


def test_no_utf8_can_be_read_from_bytes_that_are_none(poisoned):
    with pytest.raises(UnicodeDecodeError):
        poisoned("not_utf8").body.decode()


def test_a_bomb_is_a_thousand_times_larger_than_it_looks(poisoned):
    reply = poisoned("bomb")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < HUGE_BYTES / 500
    assert len(gzip.decompress(reply.body)) > HUGE_BYTES


def test_huge_is_as_large_as_it_says(poisoned):
    assert len(poisoned("huge").body) > HUGE_BYTES
