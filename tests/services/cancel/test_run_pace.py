"""How much a batch claims at once, and how it shares the pace with others."""

import threading
import time
from contextlib import ExitStack, suppress

from mediajobs.models import AuditEvent
from mediajobs.remote import Unclear, connect
from mediajobs.services import cancel
from mediajobs.services.cancel.run import Flight, room_for, sharing_pace
from tests.services.cancel.steps import run


def test_what_is_held_back_is_not_claimed_in_vain_again_and_again(
    make_job, batch_of, world, settings
):
    batch = batch_of(*(make_job() for _ in range(40)))
    pacing = connect().pacing
    pacing._max_wait = 1.0
    with ExitStack() as others:
        for _ in range(settings.MEDIA_API_MAX_IN_FLIGHT):
            others.enter_context(pacing.turn())
        for _ in range(2):
            batch.attempts.update(not_before=None)
            run(batch)
    assert not world.journal.cancels
    assert AuditEvent.objects.filter(kind="cancel.withheld").count() <= 40 + 10


def test_a_batch_for_which_others_wait_takes_a_short_turn(make_job, batch_of, world, settings):
    settings.MEDIA_API_MAX_PER_SECOND = 2
    batch = batch_of(*(make_job() for _ in range(12)))
    began_at = time.monotonic()
    assert cancel.run(batch, seconds=30, worker="test", others_wait=lambda: True)
    assert 1 <= time.monotonic() - began_at < 4
    assert world.journal.cancels


def test_batches_that_are_sent_together_share_the_pace(settings):
    settings.MEDIA_API_MAX_PER_SECOND = 20
    client, flight = connect(), Flight(threading.Event())
    alone = room_for(client, flight)
    with sharing_pace(client), sharing_pace(client):
        shared = room_for(client, flight)
    assert (alone, shared, room_for(client, flight)) == (40, 20, 40)


def test_no_more_is_claimed_than_leaves_before_its_lease_runs_out(settings):
    settings.MEDIA_API_MAX_IN_FLIGHT = 4
    client, flight = connect(), Flight(threading.Event())
    assert room_for(client, flight) == 16
    with sharing_pace(client), sharing_pace(client):
        assert room_for(client, flight) == 8


def test_while_cancels_fail_one_request_at_a_time_is_claimed(settings):
    client, flight = connect(), Flight(threading.Event())
    assert room_for(client, flight) > 1
    for _ in range(10):
        with suppress(Unclear), client.pacing.turn(client.pacing.cancels):
            raise Unclear("It failed.")
    assert room_for(client, flight) == 1


def test_while_reads_alone_fail_cancels_are_claimed_as_ever(settings):
    client, flight = connect(), Flight(threading.Event())
    room = room_for(client, flight)
    for _ in range(10):
        with suppress(Unclear), client.pacing.turn(client.pacing.reads):
            raise Unclear("It failed.")
    assert client.pacing.snapshot().reads_open
    assert room_for(client, flight) == room > 1
