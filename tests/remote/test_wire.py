"""What no library plays: drips, bombs, resets and silence, from servers on this machine."""

import socket
import struct
import threading
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from mediajobs.remote import MediaError, NotSent, Unclear, Unreadable
from mediajobs.remote.wire import Patience

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
RUNNING = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"status": "Running"}'


def drip(server, connection):
    while not server.over.wait(0.02):
        connection.sendall(b"x")


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def error_of(call):
    with pytest.raises(MediaError) as caught:
        call()
    return caught.value


def test_a_connection_is_kept_for_the_next_call(loopback, make_client):
    connections = []

    def talk(server, connection):
        connections.append(connection)
        while server.hear(connection):
            connection.sendall(RUNNING)

    client = make_client(loopback(talk).url)
    for _ in range(3):
        assert client.status("/media/transcode", "a-job").status == "Running"
    assert len(connections) == 1


def test_every_thread_has_a_connection_of_its_own(loopback, make_client):
    def talk(server, connection):
        while server.hear(connection):
            both_there.wait(5)
            connection.sendall(RUNNING)

    both_there = threading.Barrier(2)
    server = loopback(talk)
    client = make_client(server.url)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            list(pool.map(lambda _: client.status("/media/transcode", "a-job"), range(2)))
    assert len(server.connections) == 2


def test_a_connection_refused_means_that_nothing_was_sent(make_client):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    error = error_of(lambda: make_client(url).cancel("a-job"))
    assert type(error) is NotSent


def test_a_connection_that_is_not_taken_in_time_means_that_nothing_was_sent(make_client, haste):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        # Two waiting connections fill the queue; the next one gets no answer to its knock.
        waiting = [socket.socket() for _ in range(2)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        error = error_of(lambda: make_client(url, patience=haste).cancel("a-job"))
        for one in waiting:
            one.close()
    assert type(error) is NotSent


def test_a_failed_tls_handshake_means_that_nothing_was_sent(loopback, make_client, network):
    network.add_passthru("https://127.0.0.1")

    def talk(server, connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    url = loopback(talk).url.replace("http:", "https:")
    error = error_of(lambda: make_client(url).cancel("a-job"))
    assert type(error) is NotSent


def test_a_connection_reset_in_the_tls_handshake_means_that_nothing_was_sent(
    loopback, make_client, network
):
    network.add_passthru("https://127.0.0.1")

    def talk(server, connection):
        connection.recv(1)
        reset(connection)

    url = loopback(talk).url.replace("http:", "https:")
    error = error_of(lambda: make_client(url).cancel("a-job"))
    assert type(error) is NotSent


def test_a_silent_remote_is_left_after_the_read_timeout(loopback, make_client, haste):
    def talk(server, connection):
        server.hear(connection)
        server.over.wait(5)

    began = time.monotonic()
    error = error_of(lambda: make_client(loopback(talk).url, patience=haste).cancel("a-job"))
    assert type(error) is Unclear
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 307 Elsewhere\r\nLocation: /\r\nContent-Length: 60000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    ],
    ids=["status line", "headers", "length", "no length", "redirect", "chunk"],
)
def test_a_drip_of_single_bytes_ends_with_the_time_for_the_whole(
    loopback, make_client, haste, beginning
):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(beginning)
        drip(server, connection)

    began = time.monotonic()
    error = error_of(
        lambda: make_client(loopback(talk).url, patience=haste).status("/media/transcode", "a-job")
    )
    assert type(error) is Unclear
    assert 0.4 < time.monotonic() - began < 3


def test_the_last_wait_for_a_byte_is_cut_to_the_time_that_is_left(loopback, make_client):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.over.wait(0.9):
            connection.sendall(b"x")

    began = time.monotonic()
    client = make_client(loopback(talk).url, patience=Patience(connect=1, read=5, whole=1))
    assert type(error_of(lambda: client.status("/media/transcode", "a-job"))) is Unclear
    assert time.monotonic() - began < 1.6


def test_an_endless_flood_of_continue_lines_ends_too(loopback, make_client, haste):
    def talk(server, connection):
        server.hear(connection)
        while not server.over.is_set():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    error = error_of(lambda: make_client(loopback(talk).url, patience=haste).cancel("a-job"))
    assert type(error) is Unclear


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found"])
def test_a_gzip_bomb_is_read_no_further_than_64_kib(loopback, make_client, status):
    packer = zlib.compressobj(wbits=31)
    megabyte = b"\0" * 1_000_000
    bomb = b"".join(packer.compress(megabyte) for _ in range(20)) + packer.flush()

    def talk(server, connection):
        server.hear(connection)
        head = b"HTTP/1.1 %s\r\nLocation: /\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (status, len(bomb)) + bomb)

    client = make_client(loopback(talk).url)
    tracemalloc.start()
    error_of(lambda: client.status("/media/transcode", "a-job"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_an_endless_body_is_left_after_64_kib_and_its_connection_is_not_used_again(
    loopback, make_client
):
    def talk(server, connection):
        while server.hear(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not server.over.is_set():
                connection.sendall(b"x" * 65536)

    server = loopback(talk)
    client = make_client(server.url)
    for _ in range(2):
        assert type(error_of(lambda: client.status("/media/x", "a-job"))) is Unreadable
    assert len(server.heard) == 2
    assert client.cancel("a-job").http_status == 200


def test_a_body_that_is_not_gzip_is_unreadable_to_a_read_and_nothing_to_a_cancel(
    loopback, make_client
):
    def talk(server, connection):
        while server.hear(connection):
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip"
            )

    client = make_client(loopback(talk).url)
    assert type(error_of(lambda: client.status("/media/x", "a-job"))) is Unreadable
    assert client.cancel("a-job").http_status == 200


def hangs_up_after_one_answer(server, connection):
    """Closes a kept-alive connection just as the second request arrives on it."""
    if server.hear(connection):
        connection.sendall(RUNNING)
        server.hear(connection)
        reset(connection)


def test_a_read_on_a_connection_that_went_stale_is_repeated(loopback, make_client):
    server = loopback(hangs_up_after_one_answer)
    client = make_client(server.url)
    for _ in range(2):
        assert client.status("/media/transcode", "a-job").status == "Running"
    assert len(server.heard) == 3


def test_a_cancel_on_a_connection_that_went_stale_is_unclear(loopback, make_client):
    server = loopback(hangs_up_after_one_answer)
    client = make_client(server.url)
    client.cancel("a-job")
    assert type(error_of(lambda: client.cancel("a-job"))) is Unclear
    assert len(server.heard) == 2


def test_a_token_never_goes_to_where_a_redirect_points(loopback, make_client):
    elsewhere = loopback(lambda server, connection: server.hear(connection))

    def talk(server, connection):
        server.hear(connection)
        location = elsewhere.url.encode()
        connection.sendall(
            b"HTTP/1.1 307 Go\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % location
        )

    error_of(lambda: make_client(loopback(talk).url).cancel("a-job"))
    assert elsewhere.heard == []
