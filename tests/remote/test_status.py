"""Reading one job: what is a job, what is not, and which paths may be asked."""

import json
from unittest.mock import Mock

import pytest
import requests

from mediajobs.remote import (
    CredentialsRefused,
    EndpointMissing,
    JobNotFound,
    NotSent,
    Rejected,
    Throttled,
    Unclear,
    Unreadable,
    answers,
)

TRANSCODE = "https://api.media.test/media/transcode"


def read(client):
    return client.status("/media/transcode", "a-job")


def test_a_running_job_may_come_with_three_fields_only(client, remote):
    remote.get(TRANSCODE, json={"path": "/media/transcode", "status": "Running", "progress": 7})
    report = read(client)
    assert (report.job_id, report.path) == ("a-job", "/media/transcode")
    assert (report.status, report.progress, report.error) == ("Running", 7, "")


def test_a_body_without_a_path_is_about_the_path_that_was_asked(client, remote):
    remote.get(TRANSCODE, json={"status": "Pending"})
    assert read(client).path == "/media/transcode"


@pytest.mark.parametrize("status", [None, "", 7])
def test_a_body_that_does_not_say_the_status_says_nothing_of_the_job(client, remote, status):
    remote.get(TRANSCODE, json={"path": "/media/transcode", "progress": 3, "status": status})
    with pytest.raises(Unreadable, match="does not say the status"):
        read(client)


@pytest.mark.parametrize("job_id", ["another", 12345, ["a-job"], " a-job ", "a" * 200, ""])
def test_a_body_that_names_another_job_in_whatever_way_is_not_about_ours(client, remote, job_id):
    remote.get(TRANSCODE, json={"job_id": job_id, "status": "Cancelled"})
    with pytest.raises(Unreadable, match="another job"):
        read(client)


def test_a_word_that_cannot_be_stored_as_it_came_is_no_known_word(client, remote):
    remote.get(TRANSCODE, json={"status": "Cancelled\x00"})
    assert read(client).status == "Cancelled\ufffd"


def test_the_path_is_the_one_that_was_asked_whatever_the_body_says(client, remote):
    remote.get(TRANSCODE, json={"path": "/media/enhance", "status": "Running"})
    assert read(client).path == "/media/transcode"


def test_the_text_is_the_body_as_it_came(client, remote):
    remote.get(TRANSCODE, body='{ "status":"Success" }')
    assert read(client).text == '{ "status":"Success" }'


def test_the_id_goes_into_the_query_and_the_token_into_the_header(client, remote):
    remote.get(TRANSCODE, json={"status": "Pending"})
    client.status("/media/transcode", "a/ä&b")
    request = remote.calls[0].request
    assert request.url == TRANSCODE + "?job_id=a%2F%C3%A4%26b"
    assert request.headers["Authorization"] == "Bearer the-token-of-the-tests"
    assert request.body is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "true",
        "7",
        '"Running"',
        "[]",
        '[{"status": "Running"}]',
        "{}",
        '{"message": "hello"}',
        '{"status": 200, "title": "a cancel\'s answer"}',
        '{"status": "Running"',
        "<html>{}</html>",
        b"\xff\xfe{}",
        "[" * 60_000,
        '{"progress": ' + "9" * 5000 + "}",
        json.dumps({"status": "Running", "result": "x" * 1_100_000}),
    ],
    ids=lambda body: repr(body[:30]),
)
def test_a_body_that_does_not_look_like_a_job_is_unreadable(client, remote, body):
    remote.get(TRANSCODE, body=body)
    with pytest.raises(Unreadable) as caught:
        read(client)
    assert caught.value.answer.http_status == 200
    assert len(caught.value.answer.text) <= 4096


def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(client, remote):
    frame = len('{"status": "Running", "x": ""}')
    for size in (1_048_576, 1_048_577):
        remote.get(TRANSCODE, body='{"status": "Running", "x": "%s"}' % ("x" * (size - frame)))
    assert read(client).status == "Running"
    with pytest.raises(Unreadable, match="1 MiB"):
        read(client)


def test_a_body_that_is_too_long_by_blanks_alone_is_unreadable_too(client, remote):
    remote.get(TRANSCODE, body='{"status": "Running"}' + " " * 1_100_000)
    with pytest.raises(Unreadable, match="1 MiB"):
        read(client)


def test_a_value_that_nobody_foresaw_makes_the_answer_unreadable(client, remote, monkeypatch):
    monkeypatch.setattr(answers, "parse_report", Mock(side_effect=RecursionError))
    remote.get(TRANSCODE, json={"status": "Running"})
    with pytest.raises(Unreadable, match="nobody foresaw"):
        read(client)
    remote.get("https://api.media.test/media/jobs", json={"jobs": [{"job_id": "a-job"}]})
    with pytest.raises(Unreadable, match="nobody foresaw"):
        list(client.jobs())


def test_a_body_about_another_job_is_unreadable(client, remote):
    remote.get(TRANSCODE, json={"job_id": "another", "status": "Success"})
    with pytest.raises(Unreadable, match="another job"):
        read(client)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (204, "", Unreadable),
        (302, "", Rejected),
        (400, '{"title": "bad"}', Rejected),
        (401, '{"message": "Unauthorized"}', CredentialsRefused),
        (403, "<html>", CredentialsRefused),
        (404, "", JobNotFound),
        (404, '{"type": "/problems/not-found"}', JobNotFound),
        (404, '{"message": "Not Found"}', EndpointMissing),
        (410, "<html>", EndpointMissing),
        (408, "", Unclear),
        (429, "", Throttled),
        (500, '{"status": "Running"}', Unclear),
        (503, "", Unclear),
    ],
)
def test_the_table_of_answers_holds_for_reads_too(client, remote, status, body, kind):
    remote.get(TRANSCODE, status=status, body=body)
    with pytest.raises(kind) as caught:
        read(client)
    assert type(caught.value) is kind


def test_a_read_whose_connection_broke_goes_out_once_more(client, remote, broken_line):
    remote.get(TRANSCODE, body=broken_line)
    remote.get(TRANSCODE, json={"status": "Running"})
    assert read(client).status == "Running"


def test_a_read_whose_connection_breaks_twice_is_given_up(client, remote, broken_line):
    remote.get(TRANSCODE, body=broken_line)
    with pytest.raises(Unclear):
        read(client)
    assert len(remote.calls) == 2


def test_a_read_that_timed_out_is_not_repeated(client, remote):
    remote.get(TRANSCODE, body=requests.ReadTimeout())
    with pytest.raises(Unclear, match="in time"):
        read(client)
    assert len(remote.calls) == 1


@pytest.mark.parametrize(
    "path",
    [
        "",
        "media/transcode",
        "/",
        "/media",
        "/v1/auth/token",
        "/media/../v1/auth/token",
        "/media/..",
        "/media/transcode?x=1",
        "/media/transcode#x",
        "/media/\\evil.test",
        "https://evil.test/media/transcode",
        "//evil.test/media/",
        "/media/https://evil.test",
        "@evil.test/media/",
    ],
)
def test_a_path_outside_the_media_api_is_refused_before_anything_is_sent(client, path):
    with pytest.raises(ValueError, match="not a path of the media API"):
        client.status(path, "a-job")


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/media/analyze/speech", "/media/analyze/speech"),
        ("/media/a b", "/media/a%20b"),
        ("/media/%2e%2e/x", "/media/%252e%252e/x"),
        ("/media/ä\n", "/media/%C3%A4%0A"),
    ],
)
def test_a_path_is_encoded_once(client, remote, path, sent):
    remote.get("https://api.media.test" + sent, json={"status": "Running"})
    client.status(path, "a-job")
    assert remote.calls[0].request.path_url == sent + "?job_id=a-job"


@pytest.mark.parametrize(
    "api_url", ["", "nonsense", "ftp://api.media.test", "http://", "http://[::1"]
)
def test_an_api_url_that_is_none_is_said_so_and_nothing_is_sent(make_client, api_url):
    with pytest.raises(NotSent):
        read(make_client(api_url))
