"""Who gets in: every address × every scope, and what opens nothing at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import ApiClient, AuditEvent
from mediajobs.services import clients, tally
from tests.api.asking import WHY, named, problem
from tests.api.conftest import MAKER

SCOPES = ("read", "record", "cancel")


def read_cancellation(pipeline, job):
    return pipeline.get("cancellations/1")


#: Each operation, the scope that opens it, the answer to who has it.
OPERATIONS = {
    "list": ("read", 200, lambda pipeline, job: pipeline.get("jobs")),
    "tell": ("read", 200, lambda pipeline, job: pipeline.get(f"jobs/{job.remote_id}")),
    "progress": ("read", 404, read_cancellation),
    "record": ("record", 200, lambda pipeline, job: pipeline.post("jobs", {"jobs": [named()]})),
    "cancel": (
        *("cancel", 201),
        lambda pipeline, job: pipeline.post("cancellations", {"ids": [job.remote_id], **WHY}),
    ),
    "foretell": (
        *("cancel", 200),
        lambda pipeline, job: pipeline.post(
            "cancellations", {"ids": [job.remote_id], "dry_run": True, **WHY}
        ),
    ),
}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_token_opens_what_its_scope_says_and_nothing_else(make_pipeline, make_job, name, scope):
    needed, status, ask = OPERATIONS[name]
    answer = ask(make_pipeline(scope), make_job())
    if scope == needed:
        assert answer.status_code == status
    else:
        told = problem(answer, 403)
        assert told["detail"].startswith(f"The token of nightly lacks the scope “{needed}”.")
    is_deed = needed != "read" and scope != needed
    assert AuditEvent.objects.filter(kind="rights.refused").count() == is_deed


def test_a_refused_deed_of_a_pipeline_is_on_record(make_pipeline):
    make_pipeline("read").post("jobs", {"jobs": [named()]})
    event = AuditEvent.objects.get(kind="rights.refused")
    assert (event.actor, event.channel) == ("api:nightly", "api")
    assert event.detail == "POST /api/jobs: The token of nightly lacks the scope “record”."


def test_what_a_pipeline_is_refused_again_and_again_is_told_once_a_minute(
    make_pipeline, monkeypatch
):
    nightly, other = make_pipeline("read"), make_pipeline("read", name="other")
    for _ in range(3):
        nightly.post("jobs", {"jobs": [named()]})
    other.post("jobs", {"jobs": [named()]})
    nightly.post("cancellations", WHY)
    refused = AuditEvent.objects.filter(kind="rights.refused")
    assert [(event.actor, event.detail[:22]) for event in refused.order_by("pk")] == [
        *(("api:nightly", "POST /api/jobs: The to"), ("api:other", "POST /api/jobs: The to")),
        ("api:nightly", "POST /api/cancellation"),
    ]
    monkeypatch.setattr(tally, "MINUTE", 0.0)
    nightly.get("jobs")
    assert refused.latest("pk").detail == (
        "POST /api/jobs: The token of nightly lacks the scope “record”. 2 times."
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_token_without_a_scope_opens_nothing(make_pipeline, make_job, name):
    problem(OPERATIONS[name][2](make_pipeline(), make_job()), 403)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_revoked_token_opens_nothing(pipeline, make_job, name):
    clients.revoke(pipeline.client, by=MAKER)
    answer = OPERATIONS[name][2](pipeline, make_job())
    assert problem(answer, 401)["detail"] == (
        "This token opens nothing: it is mistyped, or was revoked."
    )


def refusals():
    events = AuditEvent.objects.filter(kind="rights.refused").order_by("pk")
    return list(events.values_list("actor", "channel", "address", "detail"))


def test_who_comes_with_a_revoked_token_is_on_record_by_name_also_who_only_reads(pipeline):
    clients.revoke(pipeline.client, by=MAKER)
    pipeline.get("jobs")
    assert refusals() == [("api:nightly", "api", "127.0.0.1", "A token that was revoked.")]


def test_tokens_that_nobody_has_are_on_record_once_a_minute_and_counted(
    client, pipeline, monkeypatch
):
    for number in range(3):
        client.get("/api/jobs", headers={"Authorization": f"Bearer mjp_{number}"})
    stranger = ("(unknown token)", "api", "127.0.0.1")
    assert refusals() == [(*stranger, "A token that nobody has.")]
    monkeypatch.setattr(tally, "MINUTE", 0.0)
    pipeline.get("jobs")
    assert refusals()[1:] == [(*stranger, "A token that nobody has. 2 times.")]
    assert "mjp_1" not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    "header",
    [
        *("", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token {}", "{}", "Bearer {}x"),
        *("Bearer x{}", "Bearer {} ", "Bearer mjp_", "Bearer \udcff", "Bearer \0"),
    ],
)
def test_whatever_is_no_token_is_a_stranger(client, pipeline, header):
    headers = {"Authorization": header.format(pipeline.token)} if header else {}
    answer = client.get("/api/jobs", headers=headers)
    assert "token" in problem(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="media jobs"'


def test_who_is_signed_in_to_the_panel_is_a_stranger_here(sign_in):
    problem(sign_in("administrator").get("/api/jobs"), 401)


def test_a_hash_is_no_token(client, pipeline):
    headers = {"Authorization": f"Bearer {pipeline.client.token_hash}"}
    problem(client.get("/api/jobs", headers=headers), 401)


def test_no_cookie_is_set_and_nothing_is_kept_by_a_cache(pipeline):
    answer = pipeline.get("jobs")
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_last_use_is_noted_at_most_once_a_minute(pipeline, django_assert_num_queries):
    pipeline.get("jobs")
    noted = ApiClient.objects.get().last_used_at
    assert timezone.now() - noted < timedelta(seconds=30)
    with django_assert_num_queries(2):  # the client, the jobs
        pipeline.get("jobs")
    assert ApiClient.objects.get().last_used_at == noted
    ApiClient.objects.update(last_used_at=noted - timedelta(minutes=1))
    pipeline.get("jobs")
    assert ApiClient.objects.get().last_used_at > noted
