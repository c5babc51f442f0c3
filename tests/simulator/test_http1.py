"""Requests taken off the bytes of a connection, and answers written to it."""

import pytest

from mediajobs.simulator.http1 import UnreadableError, take_request, written
from mediajobs.simulator.replies import Reply

HEAD = b"POST /media/jobs/cancel?job_id=a%2Fb&empty= HTTP/1.1\r\nhost: here\r\n"
WHOLE = HEAD + b"Content-Length: 2\r\n\r\n{}"


def refusal(data):
    with pytest.raises(UnreadableError) as refused:
        take_request(bytearray(data))
    return refused.value.reply


def test_a_request_is_taken_off_with_its_query_decoded():
    buffer = bytearray(WHOLE + b"GET")
    asked = take_request(buffer)
    assert (asked.method, asked.path, asked.body) == ("POST", "/media/jobs/cancel", b"{}")
    assert asked.query == {"job_id": "a/b", "empty": ""}
    assert asked.headers["Host"] == "here"
    assert buffer == b"GET"


def test_nothing_is_taken_before_the_last_byte_has_come():
    buffer = bytearray()
    for byte in WHOLE[:-1]:
        buffer.append(byte)
        assert take_request(buffer) is None
    buffer.append(WHOLE[-1])
    assert take_request(buffer) is not None


@pytest.mark.parametrize("length", ["nonsense", "-1", "65537", "1_0", "²", "99999999999999999999"])
def test_a_length_of_no_sense_is_refused(length):
    assert refusal(HEAD + f"Content-Length: {length}\r\n\r\n".encode("latin-1")).status == 400


def test_a_body_of_64_kib_is_taken():
    body = b"x" * 65536
    asked = take_request(bytearray(HEAD + b"Content-Length: 65536\r\n\r\n" + body))
    assert asked.body == body


def test_a_chunked_body_is_refused():
    assert refusal(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status == 400


@pytest.mark.parametrize(
    ("first_line", "status"),
    [
        ("nonsense", 400),
        ("GET / HTTP/2.0", 400),
        ("GET /a b HTTP/1.1", 400),
        ("HEAD / HTTP/1.1", 501),
    ],
)
def test_a_first_line_of_no_sense_is_refused(first_line, status):
    assert refusal(f"{first_line}\r\nHost: here\r\n\r\n".encode()).status == status


def test_a_head_without_end_is_refused():
    assert refusal(b"GET / HTTP/1.1\r\nX: " + b"x" * 32 * 1024).status == 431


@pytest.mark.parametrize(
    ("version", "connection", "keeps_alive"),
    [("1.1", "", True), ("1.1", "Close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_who_wishes_so_keeps_the_connection(version, connection, keeps_alive):
    head = f"GET / HTTP/{version}\r\nConnection: {connection}\r\n\r\n"
    assert take_request(bytearray(head.encode())).keeps_alive == keeps_alive


def test_an_answer_is_written_with_its_length():
    reply = Reply(429, {"Retry-After": "1"}, b"{}")
    first_line, *lines = written(reply).split(b"\r\n")
    assert first_line == b"HTTP/1.1 429 Too Many Requests"
    assert lines == [b"Retry-After: 1", b"Content-Length: 2", b"", b"{}"]
