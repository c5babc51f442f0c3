"""The last question before a request leaves: nothing is sent too late, or against a no."""

import time
from http.client import HTTPConnection

import pytest

from mediajobs.remote import MediaError, NoLongerWanted, NotSent, deadline
from mediajobs.remote.wire import Patience

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
RUNNING = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"status": "Running"}'


def test_a_process_that_stood_still_past_its_time_sends_nothing_over_a_kept_connection(
    loopback, make_client, monkeypatch
):
    heard = []

    def talk(server, connection):
        while request := server.hear(connection):
            heard.append(request)
            connection.sendall(RUNNING)

    def begin_long_ago(*, ends_at, **more):
        begin(ends_at=ends_at - 100, **more)

    client = make_client(loopback(talk).url)
    client.status("/media/transcode", "a-job")
    begin = deadline.begin
    monkeypatch.setattr(deadline, "begin", begin_long_ago)
    with pytest.raises(MediaError) as caught:
        client.cancel("a-job")
    assert type(caught.value) is NotSent
    assert len(heard) == 1


def test_who_changes_his_mind_while_a_connection_is_made_sends_nothing(loopback, make_client):
    heard, answers = [], iter([True, False])

    def talk(server, connection):
        heard.append(server.hear(connection))

    client = make_client(loopback(talk).url)
    with pytest.raises(MediaError) as caught:
        client.cancel("a-job", still_wanted=lambda: next(answers))
    assert type(caught.value) is NoLongerWanted
    assert not any(heard)


def test_who_takes_longer_to_say_yes_than_the_call_may_take_sends_nothing(loopback, make_client):
    heard, pauses = [], iter([0, 0.6])

    def talk(server, connection):
        heard.append(server.hear(connection))

    def still_wanted():
        time.sleep(next(pauses))
        return True

    client = make_client(loopback(talk).url, patience=Patience(3, 3, 0.5))
    with pytest.raises(MediaError) as caught:
        client.cancel("a-job", still_wanted=still_wanted)
    assert type(caught.value) is NotSent
    assert not any(heard)


def test_nothing_is_waited_for_between_the_last_question_and_the_last_byte(
    loopback, make_client, monkeypatch
):
    sent = []

    def talk(server, connection):
        server.hear(connection)
        connection.sendall(OK)

    def note_limit(connection, data):
        sent.append((data, connection.sock.gettimeout()))
        send(connection, data)

    send = HTTPConnection.send
    monkeypatch.setattr(HTTPConnection, "send", note_limit)
    make_client(loopback(talk).url).cancel("a-job")
    [(whole, limit)] = sent
    assert whole.endswith(b"\r\n\r\n{}")
    assert limit is None
