"""A mail server's answers: taken, not now, not at all, and no answer to what had left."""

import contextlib
import socket
import time

import pytest
from django.core import mail as outbox_of

from mediajobs.remote import NotSent, Rejected, Unclear, mail

KEY = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44"


@pytest.fixture(autouse=True)
def mail_settings(settings):
    settings.MAIL_IS_CONFIGURED = True
    settings.DEFAULT_FROM_EMAIL = "Panel <panel@example.com>"
    settings.EMAIL_TIMEOUT = 2
    return settings


@pytest.fixture
def mail_server(loopback, settings):
    """Start a mail server whose answers to some commands are given; None hangs up there."""

    def start(**answers):
        taken = []

        def talk(server, connection):
            lines = connection.makefile("rb")
            connection.sendall(b"220 mail.test\r\n")
            while line := lines.readline():
                word = line.split()[0].decode().upper()
                if word == "DATA" and "DATA" not in answers:
                    connection.sendall(b"354 go on\r\n")
                    taken.append(b"".join(iter(lines.readline, b".\r\n")).decode())
                    word = "END"
                answer = answers.get(word, "221 bye" if word == "QUIT" else "250 ok")
                if answer is None:
                    return
                connection.sendall(f"{answer}\r\n".encode())

        server = loopback(talk)
        settings.EMAIL_BACKEND = "mediajobs.remote.mail.TimedBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(server.url.rpartition(":")[2])
        return taken

    return start


def send():
    mail.send("alice@example.org", subject="Cancellation 1 finished", text="Well.", key=KEY)


def test_a_mail_has_a_sender_one_recipient_and_an_id_that_stays_the_same():
    send()
    (sent,) = outbox_of.outbox
    assert sent.to == ["alice@example.org"]
    assert (sent.subject, sent.body) == ("Cancellation 1 finished", "Well.")
    assert sent.message()["From"] == "Panel <panel@example.com>"
    assert sent.message()["Message-ID"] == f"<{KEY}@example.com>"
    assert sent.message()["Auto-Submitted"] == "auto-generated"


def test_a_mail_server_that_takes_it_has_it_once(mail_server):
    taken = mail_server()
    send()
    assert len(taken) == 1
    assert "Subject: Cancellation 1 finished" in taken[0]


def test_a_mail_that_was_taken_is_taken_whatever_becomes_of_the_goodbye(mail_server):
    mail_server(QUIT=None)
    send()
    mail_server(QUIT="2" * 9000)
    send()


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize(
    ("answer", "error"), [("550 no such user", Rejected), ("451 later", NotSent)]
)
def test_an_answer_says_whether_to_try_again(mail_server, word, answer, error):
    mail_server(**{word: answer})
    with pytest.raises(error) as caught:
        send()
    assert type(caught.value) is error
    assert f"({answer[:3]})" in str(caught.value)
    assert "user" not in str(caught.value)


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "END"])
def test_a_server_that_breaks_off_leaves_it_unclear(mail_server, word):
    mail_server(**{word: None})
    with pytest.raises(Unclear, match="may have taken the mail or not"):
        send()


def test_a_server_that_cannot_be_reached_means_that_nothing_was_sent(settings):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        settings.EMAIL_PORT = listener.getsockname()[1]
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(NotSent, match=r"cannot be used \(ConnectionRefusedError\)"):
        send()


def test_without_a_mail_server_nothing_is_sent_and_it_is_said(settings):
    settings.MAIL_IS_CONFIGURED = False
    with pytest.raises(NotSent, match="No mail server is set"):
        send()
    assert outbox_of.outbox == []


@pytest.mark.parametrize(("greets", "kind"), [(False, NotSent), (True, Unclear)])
def test_a_mail_server_that_dawdles_line_by_line_is_cut_off(
    loopback, settings, monkeypatch, greets, kind
):
    monkeypatch.setattr(mail, "WHOLE", 0.5)

    def talk(server, connection):
        if greets:
            connection.sendall(b"220 mail.test\r\n")
            connection.recv(1000)
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(b"250-please wait\r\n" if greets else b"220-please wait\r\n")
                time.sleep(0.1)

    server = loopback(talk)
    settings.EMAIL_BACKEND = "mediajobs.remote.mail.TimedBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(server.url.rpartition(":")[2])
    began_at = time.monotonic()
    with pytest.raises(kind):
        send()
    assert time.monotonic() - began_at < 5
