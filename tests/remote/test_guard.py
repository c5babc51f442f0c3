"""Where a notice may go: looked at when it connects, and connected to what was looked at."""

import re
import socket
from ipaddress import ip_address

import pytest

from mediajobs.remote import NotSent, guard
from mediajobs.remote.notify import Receiver, post_text

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PRIVATE = [
    *("127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("100.64.0.1", "::1", "fc00::1", "fd12:3456::1"),
]
NEVER = [
    *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "192.0.0.8", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250"),
    *("233.252.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1"),
    *("100::1", "5f00::1"),
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "2a00::1"]


def names(**found):
    """A resolver for which each name leads to these addresses, one more of them each time."""
    real = socket.getaddrinfo

    def resolve(host, port, *args, **options):
        if host not in found:
            return real(host, port, *args, **options)
        turns = found[host]
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [each for a in addresses for each in real(a, port, *args, **options)]

    return resolve


@pytest.fixture
def lead(monkeypatch):
    """Let names lead somewhere; each turn of looking has its own addresses."""

    def to(**found):
        monkeypatch.setattr(socket, "getaddrinfo", names(**found))

    return to


@pytest.fixture
def server(loopback, network):
    """A receiver on this machine that takes everything."""
    network.add_passthru(re.compile("http://.*"))

    def talk(server, connection):
        while server.hear(connection):
            connection.sendall(OK)

    return loopback(talk)


def post_to(url):
    post_text(Receiver(url, is_slack=True), "Hello.")


def refusal_of(url):
    with pytest.raises(NotSent) as caught:
        post_to(url)
    return str(caught.value)


@pytest.mark.parametrize("address", PRIVATE)
def test_this_machine_and_the_house_are_opened_by_the_setting_alone(settings, address):
    settings.NOTICE_ALLOW_PRIVATE = False
    assert not guard.is_allowed(ip_address(address))
    settings.NOTICE_ALLOW_PRIVATE = True
    assert guard.is_allowed(ip_address(address))


@pytest.mark.parametrize("address", NEVER)
def test_what_is_no_machine_s_own_address_is_refused_whatever_the_setting(settings, address):
    for settings.NOTICE_ALLOW_PRIVATE in (False, True):
        assert not guard.is_allowed(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through(settings, address):
    settings.NOTICE_ALLOW_PRIVATE = False
    assert guard.is_allowed(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
        *("127.0.0.1.", "0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]"),
        "localhost",
    ],
)
def test_every_spelling_of_this_machine_is_refused_and_nothing_connects(server, host):
    port = server.url.rpartition(":")[2]
    assert "nothing was sent" in refusal_of(f"http://{host}:{port}/hook")
    assert server.connections == []


def test_a_name_that_leads_inside_is_refused_with_what_to_do(server, lead):
    lead(**{"hooks.example": [["10.0.0.7"]]})
    assert refusal_of("http://hooks.example/hook") == (
        "hooks.example leads to 10.0.0.7, which is no public address: nothing was sent. "
        "NOTICE_ALLOW_PRIVATE=true opens loopback and private networks."
    )


def test_a_name_that_leads_inside_too_is_refused_as_a_whole(server, lead):
    lead(**{"hooks.example": [["93.184.216.34", "127.0.0.1"]]})
    assert "leads to 127.0.0.1" in refusal_of("http://hooks.example/hook")


def test_a_name_that_changes_between_look_and_connection_leads_to_what_was_looked_at(
    server, lead, monkeypatch
):
    lead(**{"hooks.example": [["93.184.216.34"], ["127.0.0.1"]]})
    tried = []

    def connect(self, address):
        tried.append(address[0])
        raise ConnectionRefusedError

    url = server.url.replace("127.0.0.1", "hooks.example")
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", connect, raising=False)
        assert "No connection to hooks.example" in refusal_of(url)
    assert tried == ["93.184.216.34"]


def test_an_allowed_name_is_reached_under_its_own_name(server, lead, settings):
    settings.NOTICE_ALLOW_PRIVATE = True
    lead(**{"hooks.example": [["127.0.0.1"]]})
    post_to(server.url.replace("127.0.0.1", "hooks.example") + "/hook")
    (heard,) = server.heard
    assert b"\r\nHost: hooks.example:" in heard


@pytest.mark.parametrize("addresses", [("127.9.9.9", "127.0.0.1"), ("127.0.0.1", "127.9.9.9")])
def test_each_address_is_tried_until_one_answers(server, lead, settings, addresses):
    settings.NOTICE_ALLOW_PRIVATE = True
    lead(**{"hooks.example": [addresses]})
    post_to(server.url.replace("127.0.0.1", "hooks.example") + "/hook")
    assert len(server.heard) == 1


@pytest.mark.parametrize("failure", [socket.gaierror(), UnicodeError("label too long")])
def test_a_name_without_an_address_is_said(failure, monkeypatch):
    def nowhere(*args, **options):
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", nowhere)
        with pytest.raises(NotSent, match=r"no\.such\.host has no address: nothing was sent"):
            guard.resolve("no.such.host", 443)


def test_each_notice_looks_anew(server, lead, settings):
    settings.NOTICE_ALLOW_PRIVATE = True
    lead(**{"hooks.example": [["127.0.0.1"], ["169.254.169.254"]]})
    url = server.url.replace("127.0.0.1", "hooks.example")
    post_to(url)
    assert "169.254.169.254" in refusal_of(url)


def test_the_proxy_of_the_environment_is_not_asked(server, lead, settings, monkeypatch):
    settings.NOTICE_ALLOW_PRIVATE = True
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    post_to(server.url)
    assert len(server.heard) == 1
