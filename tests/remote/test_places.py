"""Places for calls under way."""

import threading
import time

from mediajobs.remote.places import Places


def wait_for_line(places, length):
    while len(places._waiting) < length:
        time.sleep(0.01)


def test_there_are_as_many_places_as_were_made():
    places = Places(2)
    assert places.acquire(0)
    assert places.acquire(0)
    assert not places.acquire(0.01)
    places.release()
    assert places.acquire(0)


def test_who_gives_a_place_back_stands_in_line_behind_those_who_wait():
    places = Places(1)
    assert places.acquire(0)
    order = []

    def wait(name):
        assert places.acquire(30)
        order.append(name)
        places.release()

    threads = []
    for place, name in enumerate(("first", "second"), 1):
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        wait_for_line(places, place)
    places.release()
    wait("the one before")
    for thread in threads:
        thread.join()
    assert order == ["first", "second", "the one before"]


def test_who_gave_up_waiting_gets_no_place():
    places = Places(1)
    assert places.acquire(0)
    assert not places.acquire(0.01)
    places.release()
    assert places.acquire(0)
