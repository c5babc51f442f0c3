"""The broker dies with all that it held, and comes back empty."""

import contextlib
import json
import time

import pytest
from kombu import Connection, Queue
from kombu.common import Broadcast

from tests.faults.broker import Broker
from tests.running import Panel

OPTIONS = """
import json
from django.conf import settings
print(json.dumps(settings.CELERY_BROKER_TRANSPORT_OPTIONS))
"""

pytestmark = pytest.mark.drill


@pytest.fixture
def mortal(tmp_path):
    with Broker(tmp_path) as broker:
        yield broker


def test_a_message_in_hand_when_the_broker_dies_does_not_end_the_worker(mortal, tmp_path):
    """Celery gives a lost connection up twice, and acknowledges afterwards what it had in hand."""
    panel = Panel(tmp_path, "http://127.0.0.1:9", CELERY_BROKER_URL=mortal.url)
    options = json.loads(panel.query(OPTIONS))
    work, in_hand = Queue("work", routing_key="work"), []
    with Connection(mortal.url, transport_options=options) as connection:
        queues = [work, Broadcast("batches")]
        connection.Producer().publish("work", routing_key="work", declare=[work])
        connection.Consumer(queues, on_message=in_hand.append).consume()
        while not in_hand:
            connection.drain_events(timeout=5)
        with contextlib.suppress(TimeoutError):
            connection.drain_events(timeout=0.1)  # waits for the next, as a worker does
        mortal.kill()
        connection.collect()
        connection.close()
    in_hand.pop().ack()


def test_a_batch_goes_on_when_the_broker_is_back(start, mortal):
    drill = start(400, CELERY_BROKER_URL=mortal.url, MEDIA_API_MAX_PER_SECOND="40")
    drill.remote.set(cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(60)
        mortal.kill()
        time.sleep(8)  # longer than a turn: the next one cannot be asked for
        mortal.start()
        drill.wait_for_state("finished", 120)
        drill.check_invariants()
    assert len(drill.remote.sent()) == 360
    assert drill.states() == {"cancelled": 360}
