"""The table of answers: what everything that may follow a cancel means for the caller."""

import http.client
import json

import pytest
import requests
from urllib3 import exceptions as broken

from mediajobs.remote import (
    Answer,
    CredentialsRefused,
    EndpointMissing,
    JobNotFound,
    MediaError,
    NoLongerWanted,
    NotSent,
    Rejected,
    Throttled,
    Unclear,
)

CANCEL = "https://api.media.test/media/jobs/cancel"
PROBLEM = json.dumps(
    {
        "type": "/problems/job-state",
        "title": "Job already ended",
        "status": 409,
        "instance": "/media/jobs/cancel",
        "detail": "The job is not running",
    }
)
HTML = "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"
GATEWAY = '{"message": "Not Found"}'

BODIES = {
    "nothing": "",
    "null": "null",
    "an HTML page": HTML,
    "broken JSON": '{"status": 200, "tit',
    "a list": "[1, 2]",
    "a problem": PROBLEM,
    "a message": '{"message": "Service is unwell"}',
    "bytes that are no text": b"\xff\xfe\x00\x80",
    "JSON nested too deep": "[" * 50_000,
    "more than 1 MiB": '{"detail": "' + "x" * 1_100_000 + '"}',
    "a number with 5,000 digits": "9" * 5000,
}

REFUSALS = [
    *[(status, Rejected) for status in (300, 301, 302, 303, 305, 307, 308)],
    *[(status, Rejected) for status in (400, 402, 405, 406, 409, 411, 413, 415, 418, 422, 423)],
    *[(status, Rejected) for status in (424, 425, 426, 431, 451, 499)],
    *[(status, CredentialsRefused) for status in (401, 403)],
    *[(status, Throttled) for status in (429,)],
    *[(status, Unclear) for status in (408, 500, 501, 502, 503, 504, 505, 520, 529, 599, 600, 999)],
]

ABSENCES = [
    # what comes with 404 or 410          means
    ("", "application/json", JobNotFound),
    (" \r\n", "text/plain", JobNotFound),
    (PROBLEM, "application/problem+json", JobNotFound),
    (PROBLEM, "text/html", JobNotFound),
    ('{"title": "Not found"}', "application/json", JobNotFound),
    ('{"detail": "No such job", "message": "Not Found"}', "application/json", JobNotFound),
    (GATEWAY, "application/json", EndpointMissing),
    ('{"message": " not found "}', "application/json", EndpointMissing),
    (HTML, "text/html; charset=utf-8", EndpointMissing),
    ("  <html>", "application/json", EndpointMissing),
    ("gone", "TEXT/HTML", EndpointMissing),
    # Nothing to tell it by: the caller looks at the job, as after any refusal.
    ("null", "application/json", Rejected),
    ("[]", "application/json", Rejected),
    ("{}", "application/json", Rejected),
    ('{"message": null}', "application/json", Rejected),
    ('{"message": "No such job"}', "application/json", Rejected),
    ('{"title": "Not f', "application/json", Rejected),
    ("not found", "text/plain", Rejected),
]


def aborted(cause):
    return requests.ConnectionError(broken.ProtocolError("Connection aborted.", cause))


def given_up(reason):
    return requests.ConnectionError(broken.MaxRetryError(None, CANCEL, reason))


FAILURES = [
    # before anything left this machine
    (given_up(broken.NewConnectionError(None, "Connection refused")), NotSent),
    (given_up(broken.NameResolutionError("api.media.test", None, OSError("unknown"))), NotSent),
    (given_up(broken.SSLError("certificate verify failed")), NotSent),
    (requests.ConnectionError(broken.NewConnectionError(None, "No route to host")), NotSent),
    (requests.ConnectTimeout(broken.MaxRetryError(None, CANCEL, None)), NotSent),
    (requests.exceptions.SSLError(broken.SSLError("handshake failure")), NotSent),
    (broken.LocationParseError("label too long"), NotSent),
    # after, or nobody knows
    (requests.ReadTimeout(broken.ReadTimeoutError(None, CANCEL, "Read timed out.")), Unclear),
    (requests.Timeout(), Unclear),
    (aborted(ConnectionResetError(104, "Connection reset by peer")), Unclear),
    (aborted(http.client.RemoteDisconnected("closed without response")), Unclear),
    (aborted(BrokenPipeError(32, "Broken pipe")), Unclear),
    (aborted(http.client.BadStatusLine("SSH-2.0-OpenSSH")), Unclear),
    (requests.exceptions.ChunkedEncodingError("incomplete"), Unclear),
    (requests.exceptions.ContentDecodingError("not gzip"), Unclear),
    (requests.exceptions.InvalidHeader("two lengths"), Unclear),
    (requests.ConnectionError(), Unclear),
    (requests.ConnectionError("no reason given"), Unclear),
    (OSError("something"), Unclear),
    (broken.HTTPError("something"), Unclear),
]


def outcome_of(client):
    with pytest.raises(MediaError) as caught:
        client.cancel("a-job")
    return caught.value


@pytest.mark.parametrize("status", [200, 202, 299])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_2xx_is_an_acceptance_whatever_its_body(client, remote, status, body):
    remote.post(CANCEL, status=status, body=body)
    assert client.cancel("a-job").http_status == status


def test_a_204_is_an_acceptance_too(client, remote):
    remote.post(CANCEL, status=204)
    assert client.cancel("a-job") == Answer(204, "")


def test_a_304_is_a_refusal_too(client, remote):
    remote.post(CANCEL, status=304)
    assert type(outcome_of(client)) is Rejected


@pytest.mark.parametrize(("status", "kind"), REFUSALS)
def test_a_refusal_is_known_by_its_status(client, remote, status, kind):
    remote.post(CANCEL, status=status)
    error = outcome_of(client)
    assert type(error) is kind
    assert error.answer == Answer(status, "")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(307, Rejected), (409, Rejected), (403, CredentialsRefused), (429, Throttled), (502, Unclear)],
)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_changes_what_a_refusal_means(client, remote, status, kind, body):
    remote.post(CANCEL, status=status, body=body)
    error = outcome_of(client)
    assert type(error) is kind
    assert error.answer.http_status == status


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(("body", "content_type", "kind"), ABSENCES)
def test_a_404_or_410_says_whether_the_job_or_the_address_is_missing(
    client, remote, status, body, content_type, kind
):
    remote.post(CANCEL, status=status, body=body, content_type=content_type)
    assert type(outcome_of(client)) is kind


@pytest.mark.parametrize(("failure", "kind"), FAILURES, ids=repr)
def test_a_failure_on_the_way_says_whether_anything_was_sent(client, remote, failure, kind):
    remote.post(CANCEL, body=failure)
    error = outcome_of(client)
    assert type(error) is kind
    assert error.answer is None
    assert len(remote.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["https://elsewhere.test/", "/media/jobs", "//", "ftp://[", "\x01"]
)
def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(
    client, remote, status, location
):
    remote.post(CANCEL, status=status, headers={"Location": location})
    assert type(outcome_of(client)) is Rejected
    assert len(remote.calls) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_cancel_is_never_sent_twice_after_a_failure(client, remote, status):
    remote.post(CANCEL, status=status, headers={"Retry-After": "0"})
    outcome_of(client)
    assert len(remote.calls) == 1


def test_the_request_is_what_all_the_official_clients_agree_on(client, remote):
    remote.post(CANCEL, json={"status": 200, "title": "taken"})
    client.cancel("a-job")
    request = remote.calls[0].request
    assert request.url == CANCEL + "?job_id=a-job"
    assert request.body == b"{}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == "Bearer the-token-of-the-tests"


def test_the_answer_is_kept_as_it_came(client, remote):
    remote.post(CANCEL, status=202, body='{"status": 200,  "title": "täken"}'.encode())
    assert client.cancel("a-job").text == '{"status": 200,  "title": "täken"}'


def test_the_evidence_is_cut_and_holds_only_what_a_database_can_keep(client, remote):
    remote.post(CANCEL, body=b"\x00\xff" + b"x" * 10_000)
    text = client.cancel("a-job").text
    assert text.startswith("\N{REPLACEMENT CHARACTER}xxx")
    assert len(text) == 4096


def test_the_error_says_in_a_sentence_what_the_remote_said(client, remote):
    remote.post(CANCEL, status=409, body=PROBLEM)
    error = outcome_of(client)
    assert str(error) == (
        "The media API refused the call (HTTP 409): Job already ended: The job is not running."
    )
    assert error.answer.text == PROBLEM


def test_the_remotes_words_in_a_sentence_are_one_short_line(client, remote):
    remote.post(CANCEL, status=400, json={"title": "a\n\nb\x00", "detail": "x" * 5000})
    sentence = str(outcome_of(client))
    assert "a b: xxx" in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("job_id", ["a b", "a&status=x", "a/../b", "ä#?", "100%", "a+b", "'\""])
def test_an_odd_job_id_arrives_as_it_is(client, remote, job_id):
    remote.post(CANCEL)
    client.cancel(job_id)
    assert remote.calls[0].request.params == {"job_id": job_id}


@pytest.mark.parametrize("job_id", ["", " ", "a\nb", "a\x00", "\ud800"])
def test_what_cannot_be_a_job_id_is_refused_before_anything_is_sent(client, job_id):
    with pytest.raises(ValueError, match="not a job id"):
        client.cancel(job_id)


def test_a_cancel_that_is_no_longer_wanted_does_not_leave(client, remote):
    with pytest.raises(NotSent, match="no longer wanted"):
        client.cancel("a-job", still_wanted=lambda: False)
    assert not remote.calls


def test_the_caller_is_asked_again_before_a_second_sending(remote, make_client, renewable):
    answers = iter([True, False])
    remote.post(CANCEL, status=401)
    with pytest.raises(NoLongerWanted) as caught:
        make_client(auth=renewable).cancel("a-job", still_wanted=lambda: next(answers))
    assert len(remote.calls) == 1
    assert (caught.value.is_sent, caught.value.answer.http_status) == (True, 401)
