"""A token that many threads need at the same time is fetched once for all of them."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mediajobs.remote import CredentialsRefused
from mediajobs.remote.auth import AppKey

AUTH = "https://auth.test/v1/auth/token"
CANCEL = "https://api.media.test/media/jobs/cancel"


@pytest.fixture
def app_key():
    return AppKey(AUTH, "key", "the-secret-of-the-tests")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_many_threads_fetch_the_first_token_with_one_call(app_key, remote):
    def slowly(request):
        time.sleep(0.05)
        return 200, {}, json.dumps({"access_token": "one", "expires_in": 1800})

    remote.add_callback("POST", AUTH, slowly)
    with ThreadPoolExecutor(16) as pool:
        headers = list(pool.map(lambda _: app_key.header(), range(16)))
    assert headers == [bearer("one")] * 16
    assert len(remote.calls) == 1


def test_many_threads_whose_token_was_voided_renew_it_with_one_call(make_client, app_key, remote):
    tokens = iter(["one", "two"])
    all_refused = threading.Barrier(16)

    def token(request):
        return 200, {}, json.dumps({"access_token": next(tokens), "expires_in": 1800})

    def cancel(request):
        if request.headers["Authorization"] == "Bearer two":
            return 200, {}, "{}"
        all_refused.wait(5)
        return 401, {}, ""

    remote.add_callback("POST", AUTH, token)
    remote.add_callback("POST", CANCEL, cancel)
    client = make_client(auth=app_key)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: client.cancel(f"job-{number}"), range(16)))
    assert [answer.http_status for answer in answers] == [200] * 16
    assert sum(call.request.url == AUTH for call in remote.calls) == 2


def test_threads_that_waited_for_a_failed_renewal_share_the_failure(app_key, remote):
    waiting = threading.Barrier(16)

    def refuse(request):
        time.sleep(0.2)
        return 401, {}, ""

    def ask(_):
        waiting.wait(5)
        with pytest.raises(CredentialsRefused):
            app_key.header()

    remote.add_callback("POST", AUTH, refuse)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(16)))
    assert len(remote.calls) == 1


def test_threads_that_waited_for_the_same_token_again_share_it(app_key, remote):
    waiting = threading.Barrier(16)

    def slowly(request):
        time.sleep(0.2)
        return 200, {}, json.dumps({"access_token": "one", "expires_in": 1800})

    def renew(_):
        waiting.wait(5)
        return app_key.renew("one")

    remote.add_callback("POST", AUTH, slowly)
    app_key.header()
    with ThreadPoolExecutor(16) as pool:
        assert not any(pool.map(renew, range(16)))
    assert len(remote.calls) == 2
