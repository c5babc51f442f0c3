"""A client's answers slow it down, stop it, and let it go on."""

import pytest

from mediajobs.remote import RemoteFailing, RemotePausing, Throttled, Unclear

CANCEL = "https://api.media.test/media/jobs/cancel"
JOBS = "https://api.media.test/media/jobs"


def test_ten_answers_of_500_stop_the_eleventh_call(client, remote):
    remote.post(CANCEL, status=500)
    for _ in range(10):
        with pytest.raises(Unclear):
            client.cancel("a-job")
    with pytest.raises(RemoteFailing):
        client.cancel("a-job")
    assert len(remote.calls) == 10


def test_the_pause_of_a_429_holds_the_next_call(client, remote):
    remote.post(CANCEL, status=429, headers={"Retry-After": "60"})
    with pytest.raises(Throttled):
        client.cancel("a-job")
    with pytest.raises(RemotePausing):
        client.cancel("a-job")
    assert len(remote.calls) == 1


def test_a_success_clears_the_count_of_failures(client, remote):
    remote.post(CANCEL, status=500)
    remote.post(CANCEL, status=200)
    with pytest.raises(Unclear):
        client.cancel("a-job")
    client.cancel("a-job")
    assert client.pacing.cancels.consecutive_failures == 0


def test_a_remote_that_is_read_and_takes_no_cancel_is_asked_for_no_more_of_them(client, remote):
    remote.post(CANCEL, status=500)
    remote.get(JOBS, json={"jobs": []})
    for _ in range(10):
        with pytest.raises(Unclear):
            client.cancel("a-job")
        assert list(client.job_pages()) == [[]]
    with pytest.raises(RemoteFailing):
        client.cancel("a-job")
    assert list(client.job_pages()) == [[]]
