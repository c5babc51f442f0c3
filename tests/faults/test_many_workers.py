"""Several workers share one batch: each takes its part, and no job is asked for twice."""

import socket
from collections import Counter
from contextlib import ExitStack, suppress

import pytest

from tests.limits import took_a_turn
from tests.running import WORKER, wait_until

pytestmark = pytest.mark.drill
NAMES = ("one", "two", "three", "four")
JOBS = 1500
A_SECOND = 100
RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"


@pytest.fixture(params=["Redis", "RabbitMQ"])
def broker_url(request, broker):
    if request.param == "Redis":
        return broker.url
    with suppress(OSError), socket.create_connection(("127.0.0.1", 5672), timeout=2):
        return RABBITMQ
    pytest.skip("RabbitMQ does not listen on 127.0.0.1:5672 (apt install rabbitmq-server)")


def busiest_second(moments):
    """The most of the moments that lie within one second."""
    moments, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_four_workers_carry_one_batch_and_send_no_job_twice(start, broker_url):
    drill = start(JOBS, CELERY_BROKER_URL=broker_url, MEDIA_API_MAX_PER_SECOND=str(A_SECOND))
    drill.remote.set(latency=0.05, cancel_delay=0.5)
    with ExitStack() as stack:
        stack.enter_context(drill.panel.process(*drill.CLOCK))
        for name in NAMES:
            stack.enter_context(drill.panel.process(*WORKER, "--hostname", f"{name}@%h"))
        wait_until(lambda: drill.log().count(" ready.") == len(NAMES), 90)
        drill.confirm()
        drill.wait_for_state("finished", 150)
        drill.check_invariants(workers=len(NAMES))
    shares = drill.rows("SELECT worker, count(*) FROM mediajobs_cancelattempt GROUP BY worker")
    assert len(shares) == len(NAMES), shares
    sent = drill.remote.sent()
    assert set(Counter(entry.job_id for entry in sent).values()) == {1}
    assert len(sent) == JOBS * 9 // 10
    if broker_url.startswith("redis"):
        # One rate for all: what a burst lets through at once comes on top.
        turns = [entry.at for entry in drill.remote.requests() if took_a_turn(entry)]
        assert busiest_second(turns) <= A_SECOND * 1.2
