"""What holds a batch back: too many bad ends, the pace, and what the remote asked for."""

import contextlib
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mediajobs import remote
from mediajobs.models import AuditEvent, BatchState
from mediajobs.remote import Answer, MediaError, Throttled, Unclear
from mediajobs.services import cancel
from mediajobs.services.audit import ENGINE
from mediajobs.services.cancel import hold
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.send import send
from tests.services.cancel.steps import an_hour_later, run, write


@pytest.fixture
def one_by_one(settings):
    """One request at a time, so that the answers come in the order of the jobs."""
    settings.MEDIA_API_MAX_IN_FLIGHT = 1
    remote.forget()


@pytest.fixture
def jobs_of(make_job, world):
    """Make running jobs in a row; those at an x of the pattern are unknown to the remote."""

    def make(pattern):
        jobs = [make_job() for _ in pattern]
        for job, mark in zip(jobs, pattern, strict=True):
            if mark == "x":
                del world.jobs[job.remote_id]
        return jobs

    world.cancel_delay = 3600
    return make


def stand(batch):
    batch.refresh_from_db()
    return batch.state, batch.pause_reason


def test_ten_refusals_in_a_row_pause_the_batch_until_somebody_has_looked(
    jobs_of, batch_of, world, one_by_one
):
    world.faults = {"cancel.refuse": 1.0}
    batch = batch_of(*jobs_of("." * 150))
    run(batch)
    state, reason = stand(batch)
    assert state == BatchState.PAUSED
    assert reason == "10 requests in a row ended as refused. Look at these items, then resume."
    assert batch.resumes_at is None
    assert batch.counts()["queued"] > 0
    paused = AuditEvent.objects.about_batch(batch.pk).get(kind="batch.paused")
    assert (paused.actor, paused.detail) == ("engine", reason)


def test_nine_refusals_in_a_row_do_not(jobs_of, batch_of, world, one_by_one):
    batch = batch_of(*jobs_of("x" * 9 + "." * 60))
    run(batch)
    assert stand(batch) == (BatchState.RUNNING, "")


def test_twenty_of_the_last_hundred_pause_it_though_never_ten_in_a_row(
    jobs_of, batch_of, world, one_by_one
):
    batch = batch_of(*jobs_of("x...." * 50))
    run(batch)
    state, reason = stand(batch)
    assert state == BatchState.PAUSED
    assert re.fullmatch(r"2\d of the last (9[6-9]|100) requests ended badly\..*", reason)


def test_one_in_ten_goes_on(jobs_of, batch_of, world, one_by_one):
    batch = batch_of(*jobs_of("x........." * 15))
    run(batch)
    assert stand(batch) == (BatchState.RUNNING, "")


def test_lost_answers_and_pauses_are_hiccups_and_no_bad_ends(jobs_of, batch_of, world, one_by_one):
    world.faults = {"cancel.lost": 0.5}
    batch = batch_of(*jobs_of("." * 60))
    run(batch)
    assert stand(batch) == (BatchState.RUNNING, "")


def test_who_resumes_begins_to_count_anew(jobs_of, batch_of, world, one_by_one, operator):
    world.faults = {"cancel.refuse": 1.0}
    batch = batch_of(*jobs_of("." * 150))
    run(batch)
    assert cancel.resume(batch, by=operator)
    send_some(batch, 1)
    assert stand(batch) == (BatchState.RUNNING, "")


def send_some(batch, count):
    claimed = claim(batch, worker="test", limit=count)
    client = remote.connect()
    write(batch, [send(client, attempt, still_wanted=lambda: True) for attempt in claimed])


def test_a_batch_with_nothing_left_to_send_is_not_paused(jobs_of, batch_of, one_by_one):
    batch = batch_of(*jobs_of(".." + "x" * 12))
    run(batch)
    assert stand(batch) == (BatchState.RUNNING, "")
    assert batch.counts()["requested"] == 2


def test_bad_ends_that_a_later_look_finds_count_too(jobs_of, batch_of, world, one_by_one):
    batch = batch_of(*jobs_of("." * 20))
    world.faults = {"cancel.refuse": 1.0, "status.garbage": 1.0}
    send_some(batch, 12)
    world.faults = {}
    cancel.verify()
    assert stand(batch)[0] == BatchState.PAUSED
    assert batch.counts()["refused"] == 12


def told(error):
    """Let the remote answer a call with this error."""
    with contextlib.suppress(MediaError), remote.connect().pacing.turn():
        raise error


def test_a_long_pause_that_the_remote_asks_for_pauses_the_batch_for_so_long(
    jobs_of, batch_of, world
):
    batch = batch_of(*jobs_of("..."))
    told(Throttled("Slower.", answer=Answer(429, ""), retry_after=200.0))
    run(batch)
    state, reason = stand(batch)
    assert state == BatchState.PAUSED
    assert "turns calls away" in reason
    assert 190 < (batch.resumes_at - batch.paused_at).total_seconds() <= 200
    assert not world.journal.cancels
    an_hour_later(batch)
    remote.forget()
    assert cancel.resume(batch, by=ENGINE)
    run(batch)
    assert batch.counts()["queued"] == 0


def test_nothing_holds_back_whose_calls_all_go_out_at_once(world):
    assert hold.words(remote.connect()) == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            Unclear("x", answer=Answer(503, ""), retry_after=3.0),
            "turns calls away; the next may go out in 3 s",
        ),
        (Throttled("x", answer=Answer(429, ""), retry_after=0.001), "Fewer calls: 50"),
    ],
)
def test_what_the_remote_asked_for_is_said(world, error, words):
    told(error)
    time.sleep(0.01)
    assert words in hold.words(remote.connect())


def test_our_own_limit_is_named(world, settings):
    settings.MEDIA_API_MAX_PER_SECOND = 1
    with remote.connect().pacing.turn():
        pass
    assert "MEDIA_API_MAX_PER_SECOND (1)" in hold.words(remote.connect())


def test_a_slow_remote_is_not_called_a_rate_of_ours(world, settings, monkeypatch):
    settings.MEDIA_API_MAX_IN_FLIGHT = 1
    pacing = remote.connect().pacing
    monkeypatch.setattr(pacing, "_max_wait", 0.02)
    with pacing.turn(), ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: pacing.turn().__enter__()).exception()
        assert "answers slowly" in hold.words(remote.connect())


def test_what_held_a_batch_back_when_it_was_last_written_stands_on_it(jobs_of, batch_of, world):
    world.cancel_delay = 3600
    told(Throttled("x", answer=Answer(429, ""), retry_after=0.001))
    time.sleep(0.01)
    batch = batch_of(*jobs_of(".."))
    run(batch)
    batch.refresh_from_db()
    assert "Fewer calls" in batch.held_by
