"""Everything that can go wrong is told to machines as problem details, and nothing is half done."""

import io
import json

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.urls import path

from mediajobs.api.reading import MOST_BYTES
from mediajobs.middleware import only_utf8
from mediajobs.models import AuditEvent, CancelBatch, Job
from mediajobs.urls import urlpatterns as panel_urls
from tests.api.asking import ID, WHY, errors, named, problem


def fail_on_purpose(request):
    raise RuntimeError("on purpose: s3cret")


urlpatterns = [path("api/broken", fail_on_purpose), *panel_urls]
ADDRESSES = ("jobs", "cancellations")
LONG = "x" * 500


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{", "The body is no JSON: Expecting property name"),
        ('{"jobs": [}', "The body is no JSON: Expecting value, line 1 column 11."),
        ("jobs", "The body is no JSON: Expecting value, line 1 column 1."),
        (b"\xff\xfe{}", "The body is not written in UTF-8."),
        ('{"jobs": "é"}'.encode("latin-1"), "The body is not written in UTF-8."),
        ("[" * 200_000, "The body is nested too deeply."),
        ('{"a":' * 200_000, "The body is nested too deeply."),
        ('{"jobs": ' + "9" * 5000 + "}", "The body holds a number that is none, or is too long"),
        ('{"jobs": NaN}', "The body holds a number that is none, or is too long"),
        ('{"jobs": -Infinity}', "The body holds a number that is none, or is too long"),
    ],
)
def test_what_is_no_json_is_refused_with_what_is_wrong(pipeline, address, body, sentence):
    assert problem(pipeline.post(address, body), 400)["detail"].startswith(sentence)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"dry_run": true, "ids": [], "dry_run": false}', "dry_run"),
        ('{"jobs": [{"job_id": "a", "label": "", "label": ""}]}', "label"),
        ('{"a": 1, "a": 2, "\\u0061": 3}', "a"),
        (f'{{"{LONG}": 1, "{LONG}": 2}}', LONG[:80]),
        ('{"\\ud800": 1, "\\ud800": 2}', "\ud800"),
    ],
)
def test_a_name_that_comes_twice_in_an_object_is_refused_and_not_chosen_from(
    pipeline, address, body, name
):
    told = problem(pipeline.post(address, body), 400)
    assert told["detail"] == f"The body names “{name}” twice in one object: send it once."


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", ["", "[]", "null", "1", '"jobs"', "true", "[[[[]]]]", "1e999"])
def test_json_that_is_no_object_is_refused(pipeline, address, body):
    assert list(errors(pipeline.post(address, body))) == [""]


NASTY = [
    *(None, True, 0, -1, 10**400, 1e300, "", " ", "\0", "\ud800", "\u202e", "x" * 100_000),
    *([], {}, [[]], [None], {"": None}, {"\0": 1}, ["\ud800"], {"\ud800": "\ud800"}),
]


def at_each_place(body, value):
    """A body with the value in place of each of its values in turn."""
    yield value
    for name, each in body.items() if isinstance(body, dict) else enumerate(body):
        inner = at_each_place(each, value) if isinstance(each, dict | list) else [value]
        for changed in inner:
            copy = dict(body) if isinstance(body, dict) else list(body)
            copy[name] = changed
            yield copy
    if isinstance(body, dict):
        yield {**body, "\ud800unknown\0": value}


RECORDING = {"jobs": [named(1, label="a", owner="b", link="https://mam/1", note="c"), named(2)]}
CHOICE = {"status": "active", "path": "/media/master", "app": "x", "owner": "y"}
BY_FILTER = {"filter": {**CHOICE, "submitted_after": "2026-01-31T14:30:00Z"}, **WHY}
BODIES = [
    ("jobs", RECORDING),
    ("cancellations", {"ids": [ID.format(1)], "dry_run": False, **WHY}),
    ("cancellations", BY_FILTER),
]


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(("address", "body"), BODIES, ids=["jobs", "ids", "filter"])
def test_no_value_at_any_place_is_answered_with_a_mistake_of_the_panel(
    pipeline, address, body, value
):
    for changed in at_each_place(body, value):
        answer = pipeline.post(address, json.dumps(changed))
        assert answer.status_code in (200, 422), (changed, answer.content)
        if answer.status_code == 422:
            problem(answer, 422)
            assert not CancelBatch.objects.exists()


def test_an_address_that_is_none_says_where_all_are_named(client, pipeline):
    for who in (client, pipeline.http):
        for method in ("get", "post", "put"):
            told = problem(getattr(who, method)("/api/no/such/thing"), 404)
            assert "/api/openapi.json" in told["detail"]


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("delete", "/api/jobs", {"GET", "POST"}),
        ("get", "/api/cancellations", {"POST"}),
        ("put", "/api/cancellations/1", {"GET"}),
        ("post", "/api/openapi.json", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_taken_is_named_with_those_that_are(
    pipeline, method, address, allowed
):
    answer = getattr(pipeline.http, method)(address)
    assert "Allow" in problem(answer, 405)["detail"]
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_body_that_is_too_big_is_refused_before_it_is_read(pipeline):
    told = problem(pipeline.post("jobs", " " * (MOST_BYTES + 1)), 413)
    assert told["detail"] == (
        "The body has 4,194,305 bytes; the most is 4 MiB. Send fewer at once."
    )


def test_the_largest_body_is_read(pipeline):
    body = json.dumps({"jobs": [named()]})
    assert pipeline.post("jobs", body + " " * (MOST_BYTES - len(body))).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "text/json"])
def test_another_type_than_json_is_refused(pipeline, kind):
    answer = pipeline.http.post("/api/jobs", b'{"jobs": []}', content_type=kind)
    assert "application/json" in problem(answer, 415)["detail"]


def test_json_that_says_its_charset_is_taken(pipeline):
    body = json.dumps({"jobs": [named()]})
    kind = "application/json; charset=utf-8"
    assert pipeline.http.post("/api/jobs", body, content_type=kind).status_code == 200


def test_a_body_in_chunks_is_refused_and_not_taken_for_none(pipeline):
    answer = pipeline.http.post(
        "/api/jobs", b"", "application/json", headers={"Transfer-Encoding": "chunked"}
    )
    assert "Content-Length" in problem(answer, 411)["detail"]


def test_another_charset_is_refused_in_the_same_form():
    said = []

    def start_response(status, headers):
        said.append((status, dict(headers)["Content-Type"]))

    environ = {"CONTENT_TYPE": "application/json; charset=latin-1", "PATH_INFO": "/api/jobs"}
    (body,) = only_utf8(None)(environ | {"wsgi.input": io.BytesIO()}, start_response)
    assert said == [("415 Unsupported Media Type", "application/problem+json")]
    assert json.loads(body)["detail"].startswith("This panel reads UTF-8 alone.")


@pytest.mark.urls(__name__)
def test_a_mistake_of_the_panel_tells_nothing_of_its_inside(pipeline):
    answer = pipeline.get("broken")
    assert problem(answer, 500)["detail"].startswith("The panel made a mistake")
    assert b"s3cret" not in answer.content


def test_a_host_name_that_is_not_ours_is_refused_in_the_same_form(client):
    problem(client.get("/api/jobs", headers={"Host": "evil.example"}), 400)


def failing(error, beginning):
    """A database that refuses statements which begin so."""

    def refuse(execute, sql, params, many, context):
        if sql.startswith(beginning):
            raise error("database is locked: s3cret")
        return execute(sql, params, many, context)

    return connection.execute_wrapper(refuse)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("beginning", ["SELECT", "INSERT"])
def test_a_database_that_is_busy_is_told_with_when_to_ask_again(pipeline, error, beginning):
    with failing(error, beginning):
        answer = pipeline.post("jobs", {"jobs": [named()]}, key="one")
    told = problem(answer, 503)
    assert "under the same Idempotency-Key" in told["detail"]
    assert b"s3cret" not in answer.content
    assert answer.headers["Retry-After"] == "5"
    assert not Job.objects.exists()
    assert pipeline.post("jobs", {"jobs": [named()]}, key="one").json()["new_count"] == 1


def test_a_record_that_cannot_be_written_undoes_the_deed(pipeline, make_job):
    job = make_job()
    made = AuditEvent.objects.count()
    with failing(OperationalError, 'INSERT INTO "mediajobs_auditevent"'):
        problem(pipeline.post("jobs", {"jobs": [named()]}), 503)
        problem(pipeline.post("cancellations", {"ids": [job.remote_id], **WHY}), 503)
    assert list(Job.objects.all()) == [job]
    assert not CancelBatch.objects.exists()
    assert AuditEvent.objects.count() == made


def test_an_error_carries_what_every_answer_of_the_panel_does(client, db):
    answer = client.get("/api/jobs")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
