"""Where the secrets of an app are found, and what is said where there are none."""

import os

import pytest

from mediajobs.environment import Environment
from mediajobs.remote import CredentialsRefused, app_behind, connect
from mediajobs.remote.app_secrets import read_secrets


@pytest.fixture
def environment(settings):
    """Set names of the environment."""

    def put(**values):
        settings.ENVIRONMENT = Environment(values)

    return put


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sports"


def test_without_a_place_the_settings_hold_them(settings):
    settings.DOLBYIO_API_TOKEN = "a-token"
    assert read_secrets("").token == "a-token"


def test_the_environment_holds_those_of_another_app_under_its_own_names(environment):
    environment(DOLBYIO_SPORTS_APP_KEY="key", DOLBYIO_SPORTS_APP_SECRET="secret")
    found = read_secrets("DOLBYIO_SPORTS")
    assert (found.token, found.key, found.secret) == ("", "key", "secret")


def test_a_file_holds_them_line_by_line(file):
    file.write_text("# of the sports app\nAPP_KEY = key\n\nAPP_SECRET=se=cret\nOTHER=x\n")
    found = read_secrets(str(file))
    assert (found.token, found.key, found.secret) == ("", "key", "se=cret")


def test_a_file_is_read_anew_so_that_secrets_can_be_changed(file):
    file.write_text("API_TOKEN=first")
    before = connect(str(file))
    file.write_text("API_TOKEN=second")
    assert connect(str(file)) is not before
    assert read_secrets(str(file)).token == "second"


def test_apps_have_a_client_each_even_with_the_same_secrets(environment):
    environment(DOLBYIO_A_API_TOKEN="same", DOLBYIO_B_API_TOKEN="same")
    assert connect("DOLBYIO_A") is connect("DOLBYIO_A")
    assert connect("DOLBYIO_A") is not connect("DOLBYIO_B")
    assert connect("DOLBYIO_A").pacing is not connect("DOLBYIO_B").pacing


def problem_of(place):
    with pytest.raises(CredentialsRefused) as caught:
        connect(place).cancel("a-job")
    return str(caught.value)


def test_what_is_not_set_is_named(environment):
    environment(DOLBYIO_SPORTS_APP_KEY="key")
    assert problem_of("DOLBYIO_SPORTS") == (
        "DOLBYIO_SPORTS_APP_KEY and DOLBYIO_SPORTS_APP_SECRET (or DOLBYIO_SPORTS_API_TOKEN) "
        "are not set in the environment."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"nothing of use", "has no APP_KEY and APP_SECRET, and no API_TOKEN."),
        (b"APP_KEY=\xff", "is not written in UTF-8."),
    ],
)
def test_a_file_that_is_of_no_use_is_said(file, content, problem):
    if content is not None:
        file.write_bytes(content)
    assert problem_of(str(file)) == f"{file} {problem}"


def test_what_is_no_file_is_said_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert read_secrets(str(tmp_path / "pipe")).problem.endswith("pipe is no file.")


def test_no_secret_shows_in_what_is_printed(file):
    file.write_text("API_TOKEN=hidden-token\nAPP_KEY=hidden-key\nAPP_SECRET=hidden-secret")
    assert "hidden" not in repr(read_secrets(str(file)))


def test_an_app_is_told_by_its_key_and_its_api_wherever_its_secrets_live(
    environment, file, settings
):
    environment(DOLBYIO_SPORTS_APP_KEY="key", DOLBYIO_SPORTS_APP_SECRET="secret")
    sports = app_behind("DOLBYIO_SPORTS")
    file.write_text("APP_KEY=key\nAPP_SECRET=renewed")
    assert app_behind(str(file)) == sports
    file.write_text("APP_KEY=another\nAPP_SECRET=secret")
    assert app_behind(str(file)) != sports
    settings.DOLBYIO_API_URL = "https://another.test"
    assert app_behind("DOLBYIO_SPORTS") != sports


def test_an_app_with_a_token_is_told_by_where_that_lives(environment, file):
    environment(DOLBYIO_SPORTS_API_TOKEN="first")
    sports = app_behind("DOLBYIO_SPORTS")
    environment(DOLBYIO_SPORTS_API_TOKEN="renewed")
    assert app_behind("DOLBYIO_SPORTS") == sports
    file.write_text("API_TOKEN=renewed")
    assert app_behind(str(file)) != sports


def test_without_secrets_no_app_is_told(environment):
    environment()
    assert app_behind("DOLBYIO_SPORTS") == ""
