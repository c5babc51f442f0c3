"""Retry-After, and what no answer may bring into a sentence: our token, and control characters."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mediajobs.remote import CredentialsRefused, MediaError, Rejected, Throttled, Unclear
from mediajobs.remote.answers import parse_retry_after

CANCEL = "https://api.media.test/media/jobs/cancel"
QUOTED = {"Authorization": "Bearer the-token-of-the-tests"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("1", 1),
        (" 17 ", 17),
        ("2.5", 2.5),
        ("300", 300),
        ("301", 300),
        ("86400", 300),
        ("9" * 5000, 300),
        ("Wed, 05 Mar 2025 10:15:20 GMT", 0),
        ("Wed, 05 Mar 2025 10:15:20 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300),
    ]
    + [(value, None) for value in (None, "", " ", "-1", "+5", "1e3", "nan", "inf", "soon", "1 2")]
    + [(value, None) for value in ("²", "٣", "0x10", "1,5", "Wed, 99 Foo 2025 10:15:20 GMT")],
)
def test_retry_after_is_0_to_300_seconds_or_nothing(value, seconds):
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize("value", ["5", "999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_the_longest_pause_is_a_setting(settings, value):
    settings.MEDIA_API_MAX_RETRY_AFTER = 4
    assert parse_retry_after(value) == 4


def test_a_date_is_understood_as_seconds_from_now():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 57 < parse_retry_after(soon) <= 60


@pytest.mark.parametrize(("status", "kind"), [(429, Throttled), (503, Unclear), (409, Rejected)])
@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, None)])
def test_the_error_says_how_long_the_remote_wants_us_to_wait(
    client, remote, status, kind, headers, seconds
):
    remote.post(CANCEL, status=status, headers=headers)
    with pytest.raises(kind) as caught:
        client.cancel("a-job")
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500])
def test_a_token_that_the_remote_quotes_is_taken_out(client, remote, status):
    quoted = "Invalid key=value pair in Authorization header: 'Bearer the-token-of-the-tests'."
    remote.post(CANCEL, status=status, json={"message": quoted})
    with pytest.raises(MediaError) as caught:
        client.cancel("a-job")
    assert "the-token-of-the-tests" not in str(caught.value) + repr(caught.value.answer)
    assert "[secret]" in str(caught.value)


def test_a_token_that_an_acceptance_quotes_is_taken_out(client, remote):
    remote.post(CANCEL, json={"title": "Noted", "headers": QUOTED})
    text = client.cancel("a-job").text
    assert "the-token-of-the-tests" not in text
    assert "Bearer [secret]" in text


def test_a_token_that_a_read_quotes_is_taken_out(client, remote):
    body = {"job_id": "a-job", "status": "Running", "error": QUOTED}
    remote.get("https://api.media.test/media/enhance", json=body)
    remote.get("https://api.media.test/media/jobs", json={"jobs": [body]})
    reports = [client.status("/media/enhance", "a-job"), *client.jobs()]
    assert "the-token-of-the-tests" not in repr(reports)
    assert all("Bearer [secret]" in report.text for report in reports)


def test_a_refusal_of_a_static_token_comes_at_once(client, remote):
    remote.post(CANCEL, status=401)
    with pytest.raises(CredentialsRefused, match="check the token"):
        client.cancel("a-job")
    assert len(remote.calls) == 1


def test_what_is_not_printable_is_replaced_in_the_sentence_and_kept_in_the_evidence(client, remote):
    said = "A\x1b[31m red\u202e nus\u2066 \x9b1m\u200f Grüße 日本\nend"
    remote.post(CANCEL, status=409, body=json.dumps({"detail": said}, ensure_ascii=False))
    with pytest.raises(Rejected) as caught:
        client.cancel("a-job")
    assert str(caught.value).isprintable()
    assert "A\ufffd[31m red\ufffd nus\ufffd \ufffd1m\ufffd Grüße 日本 end" in str(caught.value)
    assert "\u202e" in caught.value.answer.text
