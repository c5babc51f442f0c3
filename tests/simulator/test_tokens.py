"""Who may call the simulated API, and the token endpoint."""

import base64

import pytest

from mediajobs.simulator import World
from tests.simulated import Clock
from tests.simulator.asking import get, read

FORM = b"grant_type=client_credentials"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(clock=clock, app_key="key", app_secret="secret")


def basic(pair="key:secret"):
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def ask(world, headers=None, form=FORM):
    return world.handle("POST", "/v1/auth/token", {}, headers or basic(), form)


def test_a_token_lives_one_second_less_than_was_asked(world, clock):
    answer = read(ask(world, form=FORM + b"&expires_in=100"))
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 99)
    clock.advance(98)
    assert get(world, headers=bearer(answer["access_token"])).status == 200
    clock.advance(1)
    assert get(world, headers=bearer(answer["access_token"])).status == 401


def test_half_an_hour_is_given_to_whoever_asks_for_nothing(world):
    assert read(ask(world))["expires_in"] == 1799


def test_each_token_is_another_and_the_older_one_stays_good(world):
    first, second = (read(ask(world))["access_token"] for _ in range(2))
    assert first != second
    assert get(world, headers=bearer(first)).status == 200


@pytest.mark.parametrize(
    "headers",
    [basic("key:wrong"), basic("other:secret"), basic("nonsense"), bearer("x"), {"X": "y"}],
)
def test_a_wrong_key_or_secret_gets_no_token(world, headers):
    assert ask(world, headers).status == 401


def test_basic_that_is_not_base64_gets_no_token(world):
    assert ask(world, {"Authorization": "Basic é"}).status == 401


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"grant_type=password",
        b"\xff",
        FORM + b"&expires_in=86401",
        FORM + b"&expires_in=0",
        FORM + b"&expires_in=soon",
    ],
)
def test_a_wrong_form_is_a_bad_request(world, form):
    assert ask(world, form=form).status == 400


@pytest.mark.parametrize("headers", [{}, bearer("invented"), bearer(""), {"Authorization": "x"}])
def test_a_call_without_a_token_given_out_is_unauthorized(world, headers):
    reply = get(world, headers=headers)
    assert (reply.status, read(reply)["title"]) == (401, "Unauthorized")


def test_void_tokens_ends_what_was_given_out_and_new_ones_work(world):
    old = read(ask(world))["access_token"]
    world.void_tokens()
    assert get(world, headers=bearer(old)).status == 401
    assert get(world, headers=bearer(read(ask(world))["access_token"])).status == 200


def test_a_static_token_is_accepted_beside_the_key_and_alone(world, clock):
    world.static_token = "fixed"
    assert get(world, headers=bearer("fixed")).status == 200
    alone = World(clock=clock, token="fixed")
    assert get(alone, headers=bearer("fixed")).status == 200
    assert get(alone, headers=bearer("other")).status == 401
    assert ask(alone).status == 401


def test_a_world_without_credentials_accepts_any_token_but_wants_one(clock):
    world = World(clock=clock)
    assert get(world, headers=bearer("anything")).status == 200
    assert get(world, headers={}).status == 401
    assert get(world, headers=bearer("")).status == 401
    assert ask(world, basic("any:pair")).status == 200


def test_the_name_of_the_header_may_be_written_in_any_case(world):
    token = read(ask(world))["access_token"]
    assert get(world, headers={"authorization": f"bearer {token}"}).status == 200
