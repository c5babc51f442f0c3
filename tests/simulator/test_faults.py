"""Faults on order: what each one does, how often, and to whom."""

import pytest

from mediajobs.simulator import FAULTS, World
from tests.simulated import Clock
from tests.simulator.asking import BEARER, cancel, get, read

NOT_DONE = {
    "throttle": 429,
    "throttle_silent": 429,
    "throttle_ages": 429,
    "unavailable": 503,
    "unavailable_silent": 503,
    "redirect": 307,
    "error": 500,
    "refuse": 409,
    "html": 502,
    "unauthorized": 401,
    "gone": 404,
}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    world = World(clock=clock)
    world.cancel_delay = 1
    return world


@pytest.fixture
def job(world):
    return world.job(world.add_job())


def cancel_with(world, job, fault):
    world.faults = {fault: 1.0}
    return cancel(world, job.job_id)


@pytest.mark.parametrize(("fault", "status"), NOT_DONE.items())
def test_a_fault_before_the_deed_answers_in_its_place(world, clock, job, fault, status):
    assert cancel_with(world, job, fault).status == status
    clock.advance(10)
    assert job.status == "Running"
    assert job.cancel_requested_at is None


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        ("throttle", "1"),
        ("throttle_silent", None),
        ("throttle_ages", "999999999"),
        ("throttle_minus", "-1"),
        ("throttle_2099", "Wed, 01 Jul 2099 00:00:00 GMT"),
        ("unavailable", "2"),
        ("unavailable_silent", None),
    ],
)
def test_retry_after_comes_with_some_faults_and_not_with_others(world, job, fault, retry_after):
    assert cancel_with(world, job, fault).headers.get("Retry-After") == retry_after


def test_an_error_after_the_deed_hides_that_it_was_done(world, clock, job):
    assert cancel_with(world, job, "error_after").status == 500
    clock.advance(1)
    assert job.status == "Cancelled"


def test_a_lost_answer_was_a_deed_done(world, clock, job):
    assert cancel_with(world, job, "lost").lose
    clock.advance(1)
    assert job.status == "Cancelled"


def test_a_reset_did_nothing(world, clock, job):
    assert cancel_with(world, job, "reset").lose
    clock.advance(1)
    assert job.status == "Running"
    assert world.journal[-1].status == 0


def test_slow_is_three_seconds_more_than_the_latency(world, clock, job):
    world.latency = 0.5
    reply = cancel_with(world, job, "slow")
    assert (reply.status, reply.delay) == (200, 3.5)
    clock.advance(1)
    assert job.status == "Cancelled"


def test_garbage_is_accepted_with_a_body_that_nobody_can_read(world, clock, job):
    reply = cancel_with(world, job, "garbage")
    assert reply.status == 200
    with pytest.raises(ValueError, match="Unterminated"):
        read(reply)
    clock.advance(1)
    assert job.status == "Cancelled"


def test_an_echo_is_accepted_with_the_headers_of_the_request_in_it(world, clock, job):
    reply = cancel_with(world, job, "echo")
    assert reply.status == 200
    assert read(reply)["headers"] == BEARER
    clock.advance(1)
    assert job.status == "Cancelled"


def test_an_echo_of_a_read_still_tells_of_the_job(world, job):
    world.faults = {"echo": 1.0}
    body = read(get(world, job.path, job_id=job.job_id))
    assert (body["headers"], body["status"]) == (BEARER, "Running")


def test_html_is_a_page(world, job):
    reply = cancel_with(world, job, "html")
    assert reply.headers["Content-Type"] == "text/html"
    assert b"<h1>Bad Gateway" in reply.body


def test_finish_anyway_is_accepted_and_ends_as_a_success(world, clock, job):
    assert cancel_with(world, job, "finish_anyway").status == 200
    world.faults = {}
    world.cancel_delay = 0.5
    assert cancel(world, job.job_id).status == 200
    clock.advance(1)
    assert job.status == "Success"


def test_never_is_accepted_and_the_job_runs_on_until_asked_again(world, clock, job):
    assert cancel_with(world, job, "never").status == 200
    clock.advance(3600)
    assert job.status == "Running"
    world.faults = {}
    cancel(world, job.job_id)
    clock.advance(1)
    assert job.status == "Cancelled"


def test_a_refused_cancel_of_an_unknown_job_is_still_not_found(world):
    world.faults = {"refuse": 1.0}
    assert cancel(world, "unknown").status == 404


def test_a_fault_limited_to_cancel_calls_spares_the_others(world, job):
    world.faults = {"cancel.error": 1.0}
    assert get(world).status == 200
    assert get(world, job.path, job_id=job.job_id).status == 200
    assert cancel(world, job.job_id).status == 500


def test_a_fault_without_limit_meets_every_media_call(world, job):
    world.faults = {"error": 1.0}
    assert get(world).status == 500
    assert get(world, job.path, job_id=job.job_id).status == 500


def ask_for_token(world):
    headers = {"Authorization": "Basic YTpi"}
    return world.handle(
        "POST", "/v1/auth/token", {}, headers, b"grant_type=client_credentials"
    ).status


def test_only_token_error_meets_the_token_endpoint(world):
    world.faults = dict.fromkeys(set(FAULTS) - {"token_error"}, 1.0)
    assert ask_for_token(world) == 200
    world.faults = {"token_error": 1.0}
    assert ask_for_token(world) == 500
    assert get(world).status == 200


def test_a_rate_is_kept_roughly_and_exactly_repeated_by_the_same_seed(clock):
    def statuses(seed):
        world = World(seed=seed, clock=clock, faults={"error": 0.3})
        return [get(world).status for _ in range(500)]

    first = statuses(seed=1)
    assert 110 < first.count(500) < 190
    assert first == statuses(seed=1)
    assert first != statuses(seed=2)


def test_ordered_faults_come_once_each_and_wait_for_the_call_they_apply_to(world, job):
    world.fault_next("cancel.throttle", "html")
    assert [get(world).status for _ in range(2)] == [502, 200]
    assert [cancel(world, job.job_id).status for _ in range(2)] == [429, 200]


def test_faults_come_after_the_check_of_the_token(world):
    world.faults = {"error": 1.0}
    assert get(world, headers={}).status == 401
    assert get(world, headers=BEARER).status == 500


@pytest.mark.parametrize(
    ("name", "rate", "sentence"),
    [
        ("lsot", 0.1, "no fault called 'lsot'; choose from throttle,"),
        ("list.lost", 0.1, "limited to cancel, status, jobs, webhooks calls only"),
        ("status.never", 0.1, "'status.never' can never happen"),
        ("cancel.token_error", 0.1, "can never happen"),
        ("lost", 1.1, "between 0 and 1, not 1.1"),
        ("lost", -0.1, "between 0 and 1"),
        ("lost", float("nan"), "between 0 and 1"),
    ],
)
def test_a_wrong_fault_or_rate_is_said_in_a_sentence(world, name, rate, sentence):
    with pytest.raises(ValueError, match=sentence):
        world.faults = {name: rate}
    with pytest.raises(ValueError, match=sentence):
        World(faults={name: rate})


def test_an_ordered_fault_must_exist(world):
    with pytest.raises(ValueError, match="no fault called 'lsot'"):
        world.fault_next("lsot")
