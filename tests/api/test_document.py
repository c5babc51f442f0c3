"""The document: sound, complete, enough for a script that knows nothing else; and its page."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from mediajobs.models import ApiClient, CancelBatch, Job
from mediajobs.services import cancel
from tests.admin.cancel_steps import text
from tests.services.cancel.steps import run


@pytest.fixture
def document(client, db):
    return client.get("/api/openapi.json").json()


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_sound_openapi(document):
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_operation_says_its_scope_its_words_and_all_that_can_go_wrong(document):
    found = {}
    for path, method, operation in operations(document):
        found[f"{method} {path}"] = operation["x-scope"]
        assert operation["security"] == [{"Token": [operation["x-scope"]]}]
        assert operation["summary"]
        failures = {"400", "411", "413", "415"} if method == "post" else {"404"}
        assert {"401", "403", "422", "500", "503", *failures} <= set(operation["responses"])
    assert found == {
        "post /api/jobs": "record",
        "get /api/jobs": "read",
        "get /api/jobs/{job_id}": "read",
        "post /api/cancellations": "cancel",
        "get /api/cancellations/{number}": "read",
    }


def test_every_limit_is_told(document):
    shapes = document["components"]["schemas"]
    assert shapes["Recording"]["properties"]["jobs"]["maxItems"] == 1000
    ids = shapes["Cancelling"]["properties"]["ids"]
    assert "10,000" in ids["description"]
    asked = document["paths"]["/api/jobs"]["get"]["parameters"]
    parameters = {each["name"]: each["schema"] for each in asked}
    assert (parameters["limit"]["minimum"], parameters["limit"]["maximum"]) == (1, 500)
    words = {name: parameters[name]["maxLength"] for name in ("app", "owner", "text")}
    assert words == {"app": 64, "owner": 150, "text": 200}


def test_no_part_of_a_choice_may_be_null(document):
    for name, field in document["components"]["schemas"]["Choice"]["properties"].items():
        assert field["type"] == "string", name


class Script:
    """Knows the document and a token, and nothing of the panel besides."""

    def __init__(self, http, document, token):
        self.http, self.document = http, document
        scheme = document["components"]["securitySchemes"]["Token"]
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
        self.headers = {"Authorization": f"Bearer {token}"}

    def do(self, name, body=None, headers=None, **parameters):
        """Carry out the operation of this name; return the JSON of its answer."""
        ((path, method, operation),) = [
            each for each in operations(self.document) if each[2]["operationId"] == name
        ]
        known = {each["name"]: each["in"] for each in operation["parameters"]}
        places = {name: known[name] for name in parameters}
        path = path.format(**{n: v for n, v in parameters.items() if places[n] == "path"})
        query = {n: v for n, v in parameters.items() if places[n] == "query"}
        sent = self.headers | (headers or {})
        if body is None:
            answer = self.http.get(path, query, headers=sent)
        else:
            (kind,) = operation["requestBody"]["content"]
            answer = self.http.post(path, json.dumps(body), content_type=kind, headers=sent)
        assert method == ("get" if body is None else "post")
        assert str(answer.status_code) in operation["responses"]
        assert answer.status_code < 300, answer.content
        return answer.json()


def example(document, shape):
    return document["components"]["schemas"][shape]["examples"][0]


def test_a_script_that_knows_only_the_document_records_lists_and_cancels(
    client, document, pipeline, world
):
    world.cancel_delay = 0
    job_id = world.add_job("/media/transcode", "Running")
    script = Script(client, document, pipeline.token)

    job = example(document, "Recording")["jobs"][0] | {"job_id": job_id}
    recorded = script.do("record_jobs", {"jobs": [job]}, {"Idempotency-Key": "night-1"})
    assert recorded["jobs"][0]["result"] == "new"

    (listed,) = script.do("list_jobs", owner=job["owner"], limit=10)["jobs"]
    assert (listed["job_id"], listed["label"]) == (job_id, job["label"])

    why = {"category": "stuck", "reason": "These run since last night"}
    asked = {"ids": [job_id], **why}
    foretold = script.do("request_cancellation", asked | {"dry_run": True})
    assert foretold["to_request_count"] == 1
    requested = script.do("request_cancellation", asked)
    assert requested["state"] == "running"

    run(CancelBatch.objects.get())
    CancelBatch.objects.get().attempts.update(verify_at=requested["requested_at"])
    cancel.verify()
    told = script.do("read_cancellation", number=requested["id"])
    assert told["state"] == "finished"
    assert [(item["job_id"], item["state"]) for item in told["items"]] == [(job_id, "cancelled")]
    assert script.do("read_job", job_id=job_id)["status"] == "cancelled"
    assert world.cancels(job_id) == 1


@pytest.mark.parametrize(
    ("shape", "address"), [("Recording", "jobs"), ("Cancelling", "cancellations")]
)
def test_the_examples_are_taken_as_they_stand(document, pipeline, shape, address):
    answer = pipeline.post(address, example(document, shape))
    assert answer.status_code == 200, answer.content


def test_the_page_tells_every_operation_field_and_answer(client, document):
    page = client.get("/api/")
    words = text(page)
    for path, method, operation in operations(document):
        assert f"{method.upper()} {path}" in words
        for each in operation["parameters"]:
            assert each["name"] in words
    for shape, schema in document["components"]["schemas"].items():
        assert f'id="{shape}"' in page.content.decode()
        for name, field in schema.get("properties", {}).items():
            assert name in words
            assert field.get("description", "")[:40].replace("'", "&#x27;") in words
    assert "Authorization: Bearer $TOKEN" in words
    assert "too big" in words


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(client, db):
    page = client.get("/api/").content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)


def test_every_link_of_the_page_leads_somewhere_on_it(client, db):
    page = client.get("/api/").content.decode()
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets


def test_page_and_document_are_open_and_touch_no_row(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/api/").status_code == 200
        assert client.get("/api/openapi.json").status_code == 200
    assert not ApiClient.objects.exists()
    assert not Job.objects.exists()
