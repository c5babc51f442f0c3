"""Credentials: a token that stays, or one fetched and renewed once for all threads."""

import base64
import logging

import pytest
import requests

from mediajobs.remote import Answer, CredentialsRefused, MediaError, NotSent, Throttled
from mediajobs.remote.auth import AppKey, StaticToken
from mediajobs.remote.pacing import Pacing

AUTH = "https://auth.test/v1/auth/token"
CANCEL = "https://api.media.test/media/jobs/cancel"
SECRET = "the-secret-of-the-tests"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app_key(clock):
    return AppKey(AUTH, "key", SECRET, clock=clock)


def give(remote, token, **fields):
    body = {"access_token": token, "token_type": "Bearer", "expires_in": 1800} | fields
    return remote.post(AUTH, json=body)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_static_token_is_sent_as_it_is_but_for_blanks_around_it():
    assert StaticToken(" abc.def-ghi\n").header() == bearer("abc.def-ghi")


def test_a_static_token_cannot_be_renewed():
    assert StaticToken("abc").renew("abc") is False


@pytest.mark.parametrize(
    "token", ["", "  ", "two words", "new\nline", "naïve", "“quoted”", "a\x00"]
)
def test_a_token_that_no_header_can_carry_is_refused_without_being_quoted(token):
    with pytest.raises(CredentialsRefused) as caught:
        StaticToken(token).header()
    assert not token.strip() or token not in str(caught.value)


def test_the_key_and_secret_are_exchanged_as_the_contract_says(app_key, remote):
    give(remote, "one")
    assert app_key.header() == bearer("one")
    request = remote.calls[0].request
    basic = base64.b64encode(f"key:{SECRET}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {basic}"
    assert request.body == "grant_type=client_credentials"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_token_is_kept_until_it_is_about_to_end(app_key, remote, clock):
    give(remote, "one")
    give(remote, "two")
    app_key.header()
    clock.now += 1739
    assert app_key.header() == bearer("one")
    clock.now += 1
    assert app_key.header() == bearer("two")


@pytest.mark.parametrize(
    ("expires_in", "kept_for"),
    [
        (1799, 1739),
        (43199, 43139),
        (100, 90),
        (10, 9),
        ("1800", 1740),
        (10**9, 86400 - 60),
        *[(odd, 1740) for odd in (None, "", "soon", 0, -5, [], {}, float("nan"), 10**400)],
    ],
)
def test_the_lifetime_of_the_answer_is_trusted_as_far_as_it_makes_sense(
    app_key, remote, clock, expires_in, kept_for
):
    give(remote, "one", expires_in=expires_in)
    give(remote, "two")
    app_key.header()
    clock.now += kept_for - 0.5
    assert app_key.header() == bearer("one")
    clock.now += 0.5
    assert app_key.header() == bearer("two")


def test_who_comes_with_a_replaced_token_gets_the_new_one_without_a_call(app_key, remote):
    give(remote, "one")
    give(remote, "two")
    app_key.header()
    assert app_key.renew("one") is True
    assert app_key.renew("one") is True
    assert app_key.header() == bearer("two")
    assert len(remote.calls) == 2


def test_the_same_token_again_is_no_renewal(app_key, remote):
    give(remote, "one")
    app_key.header()
    assert app_key.renew("one") is False


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_call_is_sent_once_more_with_a_new_token(make_client, app_key, remote, status):
    give(remote, "one")
    give(remote, "two")
    remote.post(CANCEL, status=status)
    remote.post(CANCEL, status=200)
    assert make_client(auth=app_key).cancel("a-job").http_status == 200
    sent = [call.request.headers["Authorization"] for call in remote.calls]
    assert [sent[1], sent[3]] == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize(("first", "second"), [(401, 401), (401, 403), (403, 401)])
def test_a_call_refused_twice_is_not_tried_a_third_time(
    make_client, app_key, remote, first, second
):
    give(remote, "one")
    give(remote, "two")
    remote.post(CANCEL, status=first)
    remote.post(CANCEL, status=second)
    with pytest.raises(CredentialsRefused):
        make_client(auth=app_key).cancel("a-job")
    assert len(remote.calls) == 4


def test_after_a_failure_the_next_call_tries_again(app_key, remote):
    remote.post(AUTH, status=500)
    give(remote, "one")
    with pytest.raises(NotSent):
        app_key.header()
    assert app_key.header() == bearer("one")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        *[({"status": status}, CredentialsRefused) for status in (301, 400, 401, 403, 404, 422)],
        ({"status": 429, "headers": {"Retry-After": "7"}}, Throttled),
        *[({"status": status}, NotSent) for status in (408, 500, 502, 503, 504)],
        ({"body": requests.ReadTimeout()}, NotSent),
        ({"body": requests.ConnectTimeout()}, NotSent),
        ({"body": requests.ConnectionError()}, NotSent),
        *[({"body": body}, NotSent) for body in ("", "null", "[]", "{}", "<html>", "[" * 50_000)],
        *[({"json": {"access_token": odd}}, NotSent) for odd in (None, "", " ", 7, ["x"])],
        ({"json": {"access_token": "two words"}}, CredentialsRefused),
    ],
    ids=lambda value: str(value)[:40],
)
def test_without_a_token_the_call_itself_is_not_sent(make_client, app_key, remote, answer, kind):
    remote.post(AUTH, **answer)
    with pytest.raises(MediaError) as caught:
        make_client(auth=app_key).cancel("a-job")
    assert type(caught.value) is kind
    assert all(call.request.url == AUTH for call in remote.calls)


def test_the_call_with_the_renewed_token_counts_for_the_rate(make_client, app_key, remote, clock):
    give(remote, "one")
    give(remote, "two")
    remote.post(CANCEL, status=401)
    remote.post(CANCEL, status=200)
    slept = []
    client = make_client(auth=app_key, pacing=Pacing(4, 10, clock=clock, sleep=slept.append))
    client.cancel("a-job")
    assert client.pacing.snapshot().queued_for == pytest.approx(0.1)


@pytest.mark.parametrize(("status", "kind"), [(503, NotSent), (429, Throttled)])
def test_a_renewal_that_fails_leaves_the_call_as_refused_as_it_was(
    make_client, app_key, remote, status, kind
):
    give(remote, "one")
    remote.post(CANCEL, status=401, body="stale token")
    remote.post(AUTH, status=status, headers={"Retry-After": "9"})
    client = make_client(auth=app_key)
    with pytest.raises(kind, match="HTTP 401, and not sent a second time") as caught:
        client.cancel("a-job")
    assert caught.value.retry_after == 9
    assert caught.value.is_sent
    assert caught.value.answer == Answer(401, "stale token")
    pace = client.pacing.snapshot()
    assert pace.per_second == pace.most_per_second
    assert bool(pace.backing_off_for) == (kind is Throttled)


def test_no_secret_appears_in_any_error_text_or_log(make_client, app_key, remote, caplog):
    caplog.set_level(logging.DEBUG)
    quoted = {"message": f"bad Basic {SECRET}", "error": SECRET, "access_token": "issued-token-1"}
    remote.post(AUTH, status=401, json=quoted)
    client = make_client(auth=app_key)
    with pytest.raises(CredentialsRefused) as caught:
        client.cancel("a-job")
    error = caught.value
    shown = [str(error), repr(error), repr(error.answer), repr(app_key), repr(client), caplog.text]
    assert SECRET not in "".join(shown)
    assert "issued-token-1" not in "".join(shown)


def test_a_static_token_is_not_shown_either():
    assert "hidden-token" not in repr(StaticToken("hidden-token"))


def test_no_cookie_is_kept(make_client, remote):
    remote.post(CANCEL, headers={"Set-Cookie": "tracked=1; Path=/"})
    client = make_client()
    client.cancel("a-job")
    client.cancel("a-job")
    assert "Cookie" not in remote.calls[1].request.headers


def test_proxies_and_netrc_of_the_environment_are_not_used(
    make_client, remote, monkeypatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.media.test login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    remote.post(CANCEL)
    make_client().cancel("a-job")
    sent = remote.calls[0].request
    assert sent.headers["Authorization"] == "Bearer the-token-of-the-tests"
    assert not sent.req_kwargs["proxies"]
