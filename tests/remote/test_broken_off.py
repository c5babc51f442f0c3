"""Answers that break off: what a cancel and a read make of them."""

import time

import pytest

from mediajobs.remote import CredentialsRefused, Throttled, Unclear
from tests.remote.test_wire import error_of, reset


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
    ids=lambda beginning: repr(beginning[:60]),
)
@pytest.mark.parametrize("hang_up", [lambda connection: None, reset], ids=["closed", "reset"])
def test_a_cancel_whose_answer_breaks_off_is_unclear_and_was_sent_once(
    loopback, make_client, beginning, hang_up
):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(beginning)
        time.sleep(0.02)
        hang_up(connection)

    server = loopback(talk)
    error = error_of(lambda: make_client(server.url).cancel("a-job"))
    assert type(error) is Unclear
    assert len(server.heard) == 1


def test_a_status_that_came_whole_counts_even_if_the_headers_broke_off(loopback, make_client):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Some")

    assert make_client(loopback(talk).url).cancel("a-job").http_status == 200


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ],
    ids=lambda beginning: repr(beginning[:60]),
)
@pytest.mark.parametrize("hang_up", [lambda connection: None, reset], ids=["closed", "reset"])
def test_a_yes_whose_words_break_off_is_a_yes_to_a_cancel_and_unclear_to_a_read(
    loopback, make_client, beginning, hang_up
):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(beginning)
        time.sleep(0.02)
        hang_up(connection)

    server = loopback(talk)
    client = make_client(server.url)
    assert client.cancel("a-job").http_status == 200
    assert len(server.heard) == 1
    error = error_of(lambda: client.status("/media/transcode", "a-job"))
    assert type(error) is Unclear
    assert error.answer.http_status == 200


@pytest.mark.parametrize(
    ("status", "kind"), [(401, CredentialsRefused), (403, CredentialsRefused), (429, Throttled)]
)
def test_a_no_that_needs_no_words_is_one_though_its_words_break_off(
    loopback, make_client, status, kind
):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 100\r\n\r\n{{".encode())
        time.sleep(0.02)
        reset(connection)

    error = error_of(lambda: make_client(loopback(talk).url).cancel("a-job"))
    assert type(error) is kind
    assert error.answer.http_status == status
