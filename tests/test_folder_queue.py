"""A folder as a queue: a message is there whole or not at all, in the order of sending."""

import os
import threading

import pytest
from kombu import Connection

TRANSPORT = "mediajobs.folder_queue:Transport"


@pytest.fixture
def queue(tmp_path):
    options = {
        "data_folder_in": tmp_path,
        "data_folder_out": tmp_path,
        "control_folder": tmp_path / "control",
    }
    connection = Connection(
        "filesystem://localhost//", transport=TRANSPORT, transport_options=options
    )
    # The transport remembers for the whole process which queues exist: each test has its own.
    queue = connection.SimpleQueue(tmp_path.name)
    yield queue
    queue.close()
    connection.release()


def test_messages_come_out_in_the_order_they_went_in(queue):
    for number in range(12):
        queue.put({"number": number})
    assert [queue.get(timeout=5).payload["number"] for _ in range(12)] == list(range(12))


def test_nothing_lies_under_a_message_s_name_before_it_is_whole(queue, tmp_path):
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            for entry in os.scandir(tmp_path):
                if entry.name.endswith(".msg"):
                    seen.add(entry.stat().st_size)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for _ in range(300):
            queue.put({"text": "x" * 20_000})
    finally:
        done.set()
        watcher.join()
    assert min(seen) > 20_000
