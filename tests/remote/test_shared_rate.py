"""One rate for several workers, kept in a Redis of this test."""

import shutil
import socket
import subprocess
import threading
import time

import pytest
import redis

from mediajobs.remote.shared_rate import SharedRate
from tests.running import free_port, wait_until

SERVER = shutil.which("redis-server")


@pytest.fixture
def redis_url(tmp_path):
    """The address of an empty Redis that ends with the test."""
    if SERVER is None:
        pytest.skip("redis-server is not installed (apt install redis-server)")
    port = free_port()
    command = [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path]
    url = f"redis://127.0.0.1:{port}/0"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        wait_until(lambda: answers(url), 20)
        yield url
        server.terminate()


def answers(url):
    with redis.Redis.from_url(url) as client:
        try:
            return client.ping()
        except redis.ConnectionError:
            return False


def take_turns(rate, times, moments):
    for _ in range(times):
        assert rate.wait(30)
        moments.append(time.monotonic())


def test_workers_together_keep_the_rate_of_one(redis_url):
    moments = []
    workers = [SharedRate(redis_url, "", 50) for _ in range(4)]
    threads = [threading.Thread(target=take_turns, args=[each, 20, moments]) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments.sort()
    assert len(moments) == 80
    # A burst of five, and then 50 a second; a slow machine only makes it slower.
    assert moments[-1] - moments[0] >= (80 - 5) / 50 - 0.05


def test_each_app_has_a_rate_of_its_own(redis_url):
    assert SharedRate(redis_url, "", 1).wait(0.1)
    assert SharedRate(redis_url, "DOLBYIO_SPORTS", 1).wait(0.1)
    assert not SharedRate(redis_url, "DOLBYIO_SPORTS", 1).wait(0.1)


def test_who_gets_no_leave_in_time_is_told(redis_url):
    rate = SharedRate(redis_url, "", 1)
    assert rate.wait(5)
    began = time.monotonic()
    assert not rate.wait(0.2)
    assert time.monotonic() - began < 0.9


def test_without_redis_leave_is_given_and_the_log_says_why(caplog):
    rate = SharedRate(f"redis://127.0.0.1:{free_port()}/0", "", 50)
    assert rate.wait(5)
    assert rate.wait(5)
    assert caplog.text.count("Redis does not answer") == 1


def test_a_redis_that_says_nothing_costs_a_second_once(caplog):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rate = SharedRate(f"redis://127.0.0.1:{listener.getsockname()[1]}/0", "", 50)
        began = time.monotonic()
        assert all(rate.wait(5) for _ in range(20))
    assert time.monotonic() - began < 3
    assert caplog.text.count("Redis does not answer") == 1


def test_a_redis_that_comes_back_is_asked_again(redis_url):
    now = [0.0]
    rate = SharedRate(redis_url, "", 1, clock=lambda: now[0], sleep=lambda seconds: None)
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", "1")
        assert rate.wait(1)
        assert rate.wait(1)
        client.config_set("maxmemory", "0")
    assert rate.wait(1)
    now[0] += 11
    assert rate.wait(1)
    assert not rate.wait(0.1)
