"""Wrong or half-done settings are said, each under a number of its own and with a hint."""

import re
from pathlib import Path

import pytest
from django.core.checks import ERROR, run_checks

from mediajobs import checks


@pytest.fixture
def found(settings):
    """Set settings, beside ones that are right; returns what the checks say about them."""

    def find(**wrong):
        right = {
            "DOLBYIO_API_URL": "https://api.dolby.com",
            "DOLBYIO_AUTH_URL": "https://api.dolby.io/v1/auth/token",
            "CELERY_BROKER_URL": "filesystem://localhost//",
        }
        for name, value in (right | wrong).items():
            setattr(settings, name, value)
        return run_checks(tags=[checks.TAG])

    return find


def test_right_settings_pass(found):
    assert found() == []
    assert checks.problems() == ""


def test_a_missing_secret_key_is_an_error(found):
    (error,) = found(SECRET_KEY="")
    assert (error.id, error.msg) == ("mediajobs.E002", "SECRET_KEY is not set.")
    assert "token_urlsafe" in error.hint


def test_what_the_environment_says_unreadably_is_an_error(found):
    (error,) = found(ENVIRONMENT_PROBLEMS=["DEBUG is 'perhaps'. Write true or false."])
    assert (error.id, error.msg) == ("mediajobs.E001", "DEBUG is 'perhaps'. Write true or false.")


def test_a_misspelt_name_is_a_warning_that_names_the_nearest(found):
    (warning,) = found(ENVIRONMENT_MISSPELT={"DOLBYIO_TOKEN": "DOLBYIO_API_TOKEN"})
    assert warning.id == "mediajobs.W001"
    assert warning.msg == "DOLBYIO_TOKEN is no setting of this panel."
    assert warning.hint.startswith("Did you mean DOLBYIO_API_TOKEN?")


@pytest.mark.parametrize(
    ("there", "missing"),
    [("DOLBYIO_APP_KEY", "DOLBYIO_APP_SECRET"), ("DOLBYIO_APP_SECRET", "DOLBYIO_APP_KEY")],
)
def test_half_of_key_and_secret_is_an_error(found, there, missing):
    (error,) = found(**{there: "x"})
    assert (error.id, error.msg) == ("mediajobs.E003", f"{there} is set, {missing} is not.")


def test_a_token_beside_key_and_secret_is_a_warning(found):
    (warning,) = found(DOLBYIO_APP_KEY="k", DOLBYIO_APP_SECRET="s")
    assert warning.id == "mediajobs.W002"
    assert "the token is used" in warning.msg


def test_key_and_secret_alone_pass(found):
    assert found(DOLBYIO_API_TOKEN="", DOLBYIO_APP_KEY="k", DOLBYIO_APP_SECRET="s") == []


def test_no_credentials_at_all_are_a_warning(found):
    (warning,) = found(DOLBYIO_API_TOKEN="")
    assert warning.id == "mediajobs.W003"


@pytest.mark.parametrize("name", ["DOLBYIO_API_URL", "DOLBYIO_AUTH_URL"])
@pytest.mark.parametrize(
    "url", ["api.dolby.com", "ftp://api.dolby.com", "https://", "https://host:port", "https://[x"]
)
def test_what_is_no_web_address_is_an_error(found, name, url):
    (error,) = found(**{name: url})
    assert (error.id, error.msg) == ("mediajobs.E004", f"{name} is no address: {url!r}.")


def test_credentials_in_the_clear_are_a_warning(found):
    (warning,) = found(DOLBYIO_API_URL="http://api.dolby.com")
    assert warning.id == "mediajobs.W004"


@pytest.mark.parametrize("host", ["127.0.0.1:8077", "localhost", "[::1]:8077"])
def test_http_to_this_machine_passes(found, host):
    assert found(DOLBYIO_API_URL=f"http://{host}") == []


@pytest.mark.parametrize("name", checks.RANGES)
def test_numbers_out_of_range_are_errors(found, name):
    least, most = checks.RANGES[name]
    for value in (least, most):
        assert [each for each in found(**{name: value}) if each.level >= ERROR] == []
    for value in (least - 1, most + 1):
        (error,) = [each for each in found(**{name: value}) if each.level >= ERROR]
        assert (error.id, error.msg) == ("mediajobs.E005", f"{name} is {value}.")
        assert error.hint == f"Choose a whole number from {least} to {most}."


@pytest.mark.parametrize("url", ["kafka://host", "sentinel://host", "localhost:6379", "://"])
def test_an_unknown_broker_is_an_error(found, url):
    (error,) = found(CELERY_BROKER_URL=url)
    assert error.id == "mediajobs.E006"


@pytest.mark.parametrize(
    "url", ["redis://localhost:6379/0", "rediss://h", "amqp://guest:guest@h:5672//", "amqps://h"]
)
def test_known_brokers_pass(found, url):
    assert found(CELERY_BROKER_URL=url) == []


@pytest.mark.parametrize("url", ["amqp://localhost", "localhost:6379"])
def test_a_shared_rate_anywhere_but_in_a_redis_is_an_error(found, url):
    (error,) = found(MEDIA_API_RATE_URL=url)
    assert error.id == "mediajobs.E007"
    assert found(MEDIA_API_RATE_URL="rediss://host:6379/1") == []


@pytest.mark.parametrize("url", ["anchor.test", "ftp://anchor.test/", "https://"])
def test_an_address_for_checkpoints_that_is_none_is_an_error_and_not_repeated(found, url):
    (error,) = found(AUDIT_ANCHOR_URL=url)
    assert (error.id, error.msg) == ("mediajobs.E004", "AUDIT_ANCHOR_URL is no address.")
    assert found(AUDIT_ANCHOR_URL="http://anchor.test/") == []


def test_a_file_for_checkpoints_in_a_folder_that_is_not_there_is_an_error(found, tmp_path):
    (error,) = found(AUDIT_ANCHOR_FILE=str(tmp_path / "none" / "file"))
    assert error.id == "mediajobs.E024"
    assert found(AUDIT_ANCHOR_FILE=str(tmp_path / "file")) == []


def test_a_broker_in_memory_is_a_warning(found):
    (warning,) = found(CELERY_BROKER_URL="memory://")
    assert warning.id == "mediajobs.W005"


def test_errors_and_no_warnings_become_one_text_for_programs_without_checks(found):
    found(DOLBYIO_APP_KEY="k", CELERY_BROKER_URL="memory://")
    assert checks.problems() == (
        "DOLBYIO_APP_KEY is set, DOLBYIO_APP_SECRET is not. Set both or neither."
    )


def test_a_lease_that_a_call_may_outlast_is_warned_of(found):
    (warning,) = found(CANCEL_LEASE_SECONDS=34)
    assert warning.id == "mediajobs.W010"
    assert "may be sent again" in warning.msg


@pytest.mark.parametrize("secret", ["x" * 23, "x" * 23 + " y", "ü" * 24, 'x"' * 12, "x:" * 12])
def test_a_webhook_secret_that_is_short_or_fits_no_header_is_an_error_that_does_not_tell_it(
    found, secret
):
    (error,) = found(MEDIA_WEBHOOK_SECRETS=["x" * 24, secret])
    assert error.id == "mediajobs.E008"
    assert error.msg.startswith("Secret 2 of MEDIA_WEBHOOK_SECRETS is shorter than 24 characters")
    assert secret not in error.msg + error.hint


def test_long_webhook_secrets_pass(found):
    assert found(MEDIA_WEBHOOK_SECRETS=["aZ09-._~+/=" * 3, "x" * 24]) == []


@pytest.mark.parametrize("url", ["panel.example.com", "ftp://h", "https://", "https://h?x", "//[x"])
def test_a_panel_url_that_nobody_can_open_is_an_error(found, url):
    (error,) = found(PANEL_URL=url)
    assert (error.id, error.msg) == ("mediajobs.E020", f"PANEL_URL is no address: {url!r}.")
    assert found(PANEL_URL="https://panel.example.com/panel") == []


@pytest.mark.parametrize("sender", ["", "Panel", "panel@", "a@b.c, d@e.f"])
def test_a_mail_server_without_a_sender_is_an_error(found, sender):
    (error,) = found(MAIL_IS_CONFIGURED=True, DEFAULT_FROM_EMAIL=sender)
    assert error.id == "mediajobs.E021"
    assert "EMAIL_URL is set, and DEFAULT_FROM_EMAIL is no address" in error.msg


@pytest.mark.parametrize("sender", ["panel@example.com", "Media jobs <panel@example.com>"])
def test_a_mail_server_with_a_sender_passes(found, sender):
    assert found(MAIL_IS_CONFIGURED=True, DEFAULT_FROM_EMAIL=sender) == []


def test_a_sender_without_a_mail_server_is_a_warning(found):
    (warning,) = found(MAIL_IS_CONFIGURED=False, DEFAULT_FROM_EMAIL="panel@example.com")
    assert warning.id == "mediajobs.W020"


NOTICE_SECRET = "0123456789abcdef"


def test_addresses_for_notices_that_will_not_do_are_errors_by_their_number_alone(found):
    urls = ["https://a.example/x", "http://b.example/secret", "slack+c.example/secret"]
    first, second = found(NOTICE_URLS=urls, NOTICE_SECRET=NOTICE_SECRET)
    assert first.id == second.id == "mediajobs.E022"
    assert first.msg == (
        "NOTICE_URLS: address 2 is not https://, which only NOTICE_ALLOW_PRIVATE=true lets pass."
    )
    assert second.msg == "NOTICE_URLS: address 3 is no address."
    assert "secret" not in first.hint + second.hint


@pytest.mark.parametrize(("secret", "words"), [("", "is not set"), ("short", "is too short")])
def test_signed_notices_without_a_good_secret_are_an_error(found, secret, words):
    (error,) = found(NOTICE_URLS=["https://a.example/x"], NOTICE_SECRET=secret)
    assert error.id == "mediajobs.E023"
    assert error.msg.endswith(f"NOTICE_SECRET {words}.")


def test_notices_for_slack_alone_need_no_secret(found):
    assert found(NOTICE_URLS=["slack+https://a.example/x"], NOTICE_SECRET="") == []


@pytest.mark.parametrize("urls", [[], ["slack+https://a.example/x"]])
def test_a_secret_that_signs_nothing_is_a_warning(found, urls):
    (warning,) = found(NOTICE_URLS=urls, NOTICE_SECRET=NOTICE_SECRET)
    assert warning.id == "mediajobs.W021"


def test_each_finding_has_a_number_of_its_own():
    numbers = re.findall(r'id="(mediajobs\.[EW]\d+)"', Path(checks.__file__).read_text())
    assert sorted(numbers) == sorted(set(numbers))
