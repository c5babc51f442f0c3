"""Posting notices: what leaves, what counts as taken, and what no sentence gives away."""

import hashlib
import hmac
import json
import re
import ssl
import subprocess
import time

import pytest

from mediajobs.remote import MediaError, NotSent, Rejected, Unclear, notify
from tests.remote.test_wire import reset

SECRET = "a-secret-for-tests-0123456789"
PATH = "/services/T0000/B0000/secretsecretsecret"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True)
def notice_settings(settings):
    settings.NOTICE_ALLOW_PRIVATE = True
    settings.NOTICE_SECRET = SECRET
    return settings


@pytest.fixture
def answering(loopback):
    """Start a receiver that answers everything so; returns it."""

    def start(answer):
        def talk(server, connection):
            server.hear(connection)
            connection.sendall(answer)

        return loopback(talk)

    return start


def receiver_of(server, is_slack=False):
    return notify.Receiver(server.url + PATH, is_slack)


def parts_of(request):
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return lines[0], dict(line.split(": ", 1) for line in lines[1:]), body


def error_of(server, is_slack=True):
    with pytest.raises(MediaError) as caught:
        notify.post_text(receiver_of(server, is_slack), "Hello.")
    assert "secret" not in str(caught.value)
    return caught.value


def test_a_signed_notice_can_be_checked_by_whoever_knows_the_secret(answering):
    server = answering(OK)
    notify.post_signed(receiver_of(server), {"text": "Ümläut \u202e"}, key="a")
    line, headers, body = parts_of(server.heard[0])
    assert line == f"POST {PATH} HTTP/1.1"
    assert json.loads(body) == {"id": "a", "text": "Ümläut \u202e"}
    assert body.isascii()
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Panel-Notice-Id"] == "a"
    timestamp = headers["X-Panel-Timestamp"]
    assert abs(int(timestamp) - time.time()) < 5
    signed = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    assert headers["X-Panel-Signature"] == f"sha256={signed.hexdigest()}"


def test_the_check_of_the_readme_tells_a_genuine_notice_from_others(answering, settings):
    server = answering(OK)
    notify.post_signed(receiver_of(server), {"text": "Well."}, key="a")
    _, headers, body = parts_of(server.heard[0])
    readme = (settings.BASE_DIR / "README.md").read_text()
    names = {"hmac": hmac, "hashlib": hashlib, "time": time}
    exec(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1], names)
    is_genuine = names["is_genuine"]
    assert is_genuine(headers, body, SECRET)
    assert not is_genuine(headers, body + b" ", SECRET)
    assert not is_genuine(headers, body, "another-secret")
    assert not is_genuine(
        headers | {"X-Panel-Timestamp": str(int(time.time()) - 600)}, body, SECRET
    )


def test_a_text_for_slack_is_json_with_a_text_and_carries_no_signature(answering):
    server = answering(OK)
    notify.post_text(receiver_of(server, is_slack=True), "Two\nlines.")
    _, headers, body = parts_of(server.heard[0])
    assert json.loads(body) == {"text": "Two\nlines."}
    assert "X-Panel-Signature" not in headers


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("<!channel> up", "&lt;!channel&gt; up"),
        ("<https://evil.example|bank>", "&lt;https://evil.example|bank&gt;"),
        ("a & b &lt;", "a &amp; b &amp;lt;"),
        ("@channel @here", "@\u200bchannel @\u200bhere"),
        ("<@U123>", "&lt;@\u200bU123&gt;"),
    ],
)
def test_what_slack_would_obey_is_only_words(hostile, plain):
    assert notify.slack_escaped(hostile) == plain


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_counts_as_taken(answering, status):
    server = answering(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
    notify.post_text(receiver_of(server), "Hello.")


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_any_other_answer_is_said_by_its_number(answering, status):
    server = answering(f"HTTP/1.1 {status} X\r\nContent-Length: 6\r\n\r\nsecret".encode())
    error = error_of(server)
    assert type(error) is Rejected
    assert str(error) == f"127.0.0.1 answered HTTP {status}."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(answering, status):
    elsewhere = answering(OK)
    head = f"HTTP/1.1 {status} X\r\nLocation: {elsewhere.url}/secret\r\nContent-Length: 0\r\n\r\n"
    error = error_of(answering(head.encode()))
    assert str(error) == (
        f"127.0.0.1 answered HTTP {status} and points elsewhere, which is not followed."
    )
    assert elsewhere.heard == []


def test_an_answer_that_never_comes_is_unclear_within_the_time(loopback, monkeypatch):
    haste = notify.Patience(connect=0.3, read=0.2, whole=0.5)
    line = notify.Line(haste, adapter=notify.GuardedAdapter, body_limit=notify.ANSWER_LIMIT)
    monkeypatch.setattr(notify, "_line", line)

    def talk(server, connection):
        server.hear(connection)
        server.over.wait(5)

    started = time.monotonic()
    assert type(error_of(loopback(talk))) is Unclear
    assert time.monotonic() - started < 2


def test_a_connection_that_breaks_off_is_unclear(loopback):
    def talk(server, connection):
        server.hear(connection)
        reset(connection)

    assert type(error_of(loopback(talk))) is Unclear


def test_a_yes_whose_words_break_off_is_a_yes(loopback):
    def talk(server, connection):
        server.hear(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok")

    notify.post_text(receiver_of(loopback(talk)), "Hello.")


def test_of_a_long_answer_only_the_beginning_is_read(loopback):
    sent = []

    def talk(server, connection):
        server.hear(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
        sent.extend(connection.send(b"x" * 65536) for _ in range(1000))

    notify.post_text(receiver_of(loopback(talk)), "Hello.")
    assert sum(sent) < 30_000_000


def test_a_closed_port_means_that_nothing_was_sent(answering):
    server = notify.Receiver("http://127.0.0.1:9/secret", True)
    with pytest.raises(NotSent, match=r"No connection to 127\.0\.0\.1: nothing was sent"):
        notify.post_text(server, "Hello.")


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_sent(
    loopback, network, tmp_path
):
    network.add_passthru(re.compile("https://127.0.0.1"))
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]
    subprocess.run([*make.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    heard = []

    def talk(server, connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                heard.append(secure.recv(65536))
        except OSError:
            return

    server = loopback(talk)
    receiver = notify.Receiver(server.url.replace("http:", "https:") + PATH, True)
    with pytest.raises(NotSent, match=r"No connection to 127\.0\.0\.1"):
        notify.post_text(receiver, "Hello.")
    assert heard == []


@pytest.mark.parametrize(
    ("text", "is_slack"),
    [
        ("https://hooks.example/a", False),
        ("slack+https://hooks.example/a", True),
        ("http://hooks.example/a", False),
        ("https://hooks.example:8443/a?b=c", False),
    ],
)
def test_addresses_are_read_with_their_kind(text, is_slack):
    receiver = notify.read_receiver(text)
    assert (receiver.url, receiver.is_slack) == (text.removeprefix("slack+"), is_slack)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hooks.example/secret", "is no address"),
        ("ftp://hooks.example/secret", "is no address"),
        ("https://", "is no address"),
        ("https:///secret", "is no address"),
        ("https://host:port/secret", "is no address"),
        ("https://[::1/secret", "is no address"),
        ("slack+slack+https://hooks.example/secret", "is no address"),
        ("https://me:secret@hooks.example/", "holds a name or a password before its host"),
    ],
)
def test_what_is_no_address_is_said_without_it(text, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        notify.read_receiver(text)
    assert "secret" not in str(caught.value)


def test_an_address_in_the_clear_needs_the_setting(settings):
    settings.NOTICE_ALLOW_PRIVATE = False
    with pytest.raises(ValueError, match="is not https://"):
        notify.read_receiver("http://hooks.example/a")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://hooks.slack.com{PATH}", "hooks.slack.com …cret"),
        ("https://hooks.example/abcd", "hooks.example"),
        ("https://HOOKS.example/abcdefghijklmnopqrst", "hooks.example"),
    ],
)
def test_of_an_address_its_host_and_end_are_shown(url, shown):
    receiver = notify.Receiver(url, True)
    assert receiver.shown == shown
    assert "T0000" not in repr(receiver)
    assert "T0000" not in receiver.key


def test_an_address_that_stands_there_twice_is_told_once(settings):
    settings.NOTICE_URLS = ["https://a.example/x", "slack+https://a.example/x"] * 2
    found = notify.receivers()
    assert [receiver.is_slack for receiver in found] == [False, True]
    assert len({receiver.key for receiver in found}) == 2
