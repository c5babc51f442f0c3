"""connect(): one client a process and set of settings."""

import os

import pytest
import responses

from mediajobs.remote import CredentialsRefused, connect, forget


@pytest.fixture
def configured(settings):
    settings.DOLBYIO_API_URL = "https://api.media.test"
    settings.DOLBYIO_AUTH_URL = "https://auth.test/token"
    settings.DOLBYIO_API_TOKEN = "static-token"
    settings.DOLBYIO_APP_KEY = settings.DOLBYIO_APP_SECRET = ""
    settings.MEDIA_API_MAX_IN_FLIGHT, settings.MEDIA_API_MAX_PER_SECOND = 32, 50
    forget()
    yield settings
    forget()


def authorization_sent(remote):
    remote.post("https://api.media.test/media/jobs/cancel")
    connect().cancel("a-job")
    return remote.calls[-1].request.headers["Authorization"]


def test_the_same_settings_give_the_same_client(configured):
    assert connect() is connect()


def test_other_settings_give_another_client(configured):
    before = connect()
    configured.DOLBYIO_API_TOKEN = "another-token"
    assert connect() is not before


def test_a_forgotten_client_is_not_given_again(configured):
    before = connect()
    forget()
    assert connect() is not before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_gets_a_client_of_its_own(configured):
    before = connect()
    child = os.fork()
    if not child:
        os._exit(0 if connect() is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_token_of_the_settings_is_used_as_it_is(configured, remote):
    assert authorization_sent(remote) == "Bearer static-token"


def test_a_key_and_secret_of_the_settings_are_exchanged_for_a_token(configured, remote):
    configured.DOLBYIO_API_TOKEN = ""
    configured.DOLBYIO_APP_KEY, configured.DOLBYIO_APP_SECRET = "key", "secret"
    remote.post("https://auth.test/token", json={"access_token": "fetched", "expires_in": 60})
    assert authorization_sent(remote) == "Bearer fetched"


def test_a_token_goes_before_a_key_and_secret(configured, remote):
    configured.DOLBYIO_APP_KEY, configured.DOLBYIO_APP_SECRET = "key", "secret"
    assert authorization_sent(remote) == "Bearer static-token"


@pytest.mark.parametrize(("key", "secret"), [("key", ""), ("", "secret")])
def test_half_a_pair_of_key_and_secret_is_not_used(configured, key, secret):
    configured.DOLBYIO_API_TOKEN = ""
    configured.DOLBYIO_APP_KEY, configured.DOLBYIO_APP_SECRET = key, secret
    with responses.RequestsMock(), pytest.raises(CredentialsRefused, match="No credentials"):
        connect().cancel("a-job")


def test_no_credentials_at_all_are_said_so_and_nothing_is_sent(configured):
    configured.DOLBYIO_API_TOKEN = ""
    with responses.RequestsMock(), pytest.raises(CredentialsRefused, match="No credentials"):
        connect().cancel("a-job")
