"""A page of the list that fails in passing is asked for again; what stays wrong is said at once."""

import pytest

from mediajobs.remote import CredentialsRefused, NotSent, Rejected, Throttled, Unclear
from mediajobs.remote.pacing import Pacing
from tests.remote.turns import Clock

JOBS = "https://api.media.test/media/jobs"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(make_client, clock):
    """A client whose every wait is a step of the clock."""
    return make_client(pacing=Pacing(32, 10_000, clock, clock.sleep), sleep=clock.sleep)


def page(remote, *ids, token=""):
    rows = [{"job_id": job_id, "status": "Running"} for job_id in ids]
    remote.get(JOBS, json={"jobs": rows, "next_token": token})


def read(client):
    return [report.job_id for report in client.jobs()]


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_a_later_page_that_fails_twice_costs_no_walk(client, remote, status):
    page(remote, "a", token="next")
    for _ in range(2):
        remote.get(JOBS, status=status)
    page(remote, "b")
    assert read(client) == ["a", "b"]
    asked = [call.request.params.get("next_token") for call in remote.calls]
    assert asked == [None, "next", "next", "next"]


def test_a_connection_that_fails_once_costs_no_walk(client, remote):
    remote.get(JOBS, body=ConnectionRefusedError())
    page(remote, "a")
    assert read(client) == ["a"]


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (500, Unclear)])
def test_a_page_that_goes_on_failing_is_given_up_after_the_rows_before_it(
    client, remote, status, error
):
    page(remote, "a", token="next")
    remote.get(JOBS, status=status)
    reports = client.jobs()
    assert next(reports).job_id == "a"
    with pytest.raises(error):
        next(reports)
    assert len(remote.calls) == 4


@pytest.mark.parametrize(("status", "error"), [(401, CredentialsRefused), (400, Rejected)])
def test_what_does_not_pass_is_not_asked_for_again(client, remote, status, error):
    remote.get(JOBS, status=status)
    with pytest.raises(error):
        read(client)
    assert len(remote.calls) == 1


def test_a_pause_that_the_remote_asks_for_is_waited_out(client, remote, clock):
    began_at = clock()
    remote.get(JOBS, status=429, headers={"Retry-After": "15"})
    page(remote, "a")
    assert read(client) == ["a"]
    assert clock() - began_at == pytest.approx(15)


def test_a_pause_longer_than_a_lease_bears_is_left_to_the_next_walk(client, remote, clock):
    began_at = clock()
    remote.get(JOBS, status=429, headers={"Retry-After": "30"})
    with pytest.raises(Throttled) as failure:
        read(client)
    assert failure.value.retry_after == 30
    assert clock() == began_at
    with pytest.raises(NotSent):
        read(client)
    assert len(remote.calls) == 1
