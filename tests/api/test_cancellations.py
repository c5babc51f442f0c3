"""POST and GET /api/cancellations: requested, foretold, told; never more than the remote said."""

import pytest

from mediajobs.models import AuditEvent, BatchState, CancelBatch, Credential, Job
from mediajobs.services import cancel, clients
from tests.api.asking import ID, WHY, errors, problem
from tests.api.conftest import MAKER
from tests.api.test_list import pages
from tests.services.cancel.steps import run


def request(pipeline, *jobs, key="", **about):
    given = {"ids": [job.remote_id for job in jobs]} if jobs else {}
    return pipeline.post("cancellations", {**given, **WHY, **about}, key=key)


def batch_of(answer):
    assert answer.status_code == 201, answer.content
    return CancelBatch.objects.get(pk=answer.json()["id"])


def test_a_request_is_a_cancellation_of_the_client_that_workers_carry_out(
    pipeline, make_job, world
):
    world.cancel_delay = 0
    jobs = [make_job(), make_job(status="Success")]
    answer = request(pipeline, *jobs)
    told = answer.json()
    assert (told["state"], told["job_count"], told["words"]) == ("running", 2, "2 queued")
    assert (told["requested_by"], told["selection"]) == ("api:nightly", "2 by id")
    batch = batch_of(answer)
    assert (batch.channel, batch.client, batch.requested_by) == ("api", pipeline.client, None)
    run(batch)
    cancel.verify()
    told = pipeline.get(f"cancellations/{batch.pk}").json()
    assert {item["job_id"]: item["state"] for item in told["items"]} == {
        jobs[0].remote_id: told["items"][0]["state"],
        jobs[1].remote_id: "already_final",
    }
    events = AuditEvent.objects.filter(batch_id=batch.pk).exclude(actor="engine")
    assert {(event.actor, event.channel) for event in events} == {("api:nightly", "api")}
    assert set(events.values_list("kind", flat=True)) >= {
        *("batch.drafted", "batch.confirmed", "cancel.sent", "cancel.answered", "cancel.ended"),
    }


def test_an_accepted_request_is_not_called_cancelled_until_the_remote_says_so(
    pipeline, make_job, world
):
    world.cancel_delay = 3600
    batch = batch_of(request(pipeline, make_job()))
    assert "cancelled" not in str(pipeline.get(f"cancellations/{batch.pk}").json()["words"])
    run(batch)
    told = pipeline.get(f"cancellations/{batch.pk}").json()
    assert (told["state"], told["words"]) == ("running", "1 requested")
    assert told["counts"]["requested"] == 1
    assert told["counts"]["cancelled"] == 0
    item = told["items"][0]
    assert (item["state"], item["words"], item["remote_status"]) == ("requested", "Requested", 200)
    assert item["ended_at"] is None


def test_jobs_are_chosen_by_a_filter_and_active_ones_unless_it_says_otherwise(pipeline, make_job):
    chosen = make_job(path="/media/master")
    make_job(path="/media/master", status="Success"), make_job()
    batch = batch_of(request(pipeline, filter={"path": "/media/master"}))
    assert [item.job for item in batch.attempts.all()] == [chosen]
    assert batch.selection == "All jobs with status active, path /media/master"


def test_no_word_that_may_mean_an_id_or_a_label_chooses_what_is_cancelled(pipeline, make_job):
    meant = make_job(status="Success")
    make_job(label=f"Rerun of {meant.remote_id}")
    found = errors(request(pipeline, filter={"text": meant.remote_id}))
    assert found["/filter/text"].startswith("There is no such field.")
    assert not CancelBatch.objects.exists()


def test_a_dry_run_tells_the_counts_and_freezes_nothing(pipeline, make_job, operator):
    asked, ended, free = make_job(), make_job(status="Success"), make_job()
    other = cancel.release(Job.objects.filter(pk=asked.pk), by=operator, selection="one", **WHY)
    run(other)
    events = AuditEvent.objects.count()
    ids = [asked.remote_id, ended.remote_id, free.remote_id, ID.format(1), ID.format(1)]
    answer = request(pipeline, ids=ids, dry_run=True)
    assert answer.status_code == 200
    assert answer.json() == {
        "dry_run": True,
        "to_request_count": 1,
        "already_final_count": 1,
        "already_requested_count": 1,
        "unknown_ids": [ID.format(1)],
    }
    assert list(CancelBatch.objects.all()) == [other]
    assert AuditEvent.objects.count() == events


def test_a_dry_run_of_nothing_counts_nothing(pipeline):
    told = request(pipeline, ids=[ID.format(1)], dry_run=True).json()
    assert (told["to_request_count"], told["unknown_ids"]) == (0, [ID.format(1)])


def test_an_id_that_names_no_job_refuses_the_whole_request(pipeline, make_job):
    job = make_job()
    answer = request(pipeline, ids=[job.remote_id, ID.format(1), ID.format(1)])
    sentence = "The panel knows no such job. Record it first: POST /api/jobs."
    assert errors(answer) == {"/ids/1": sentence, "/ids/2": sentence}
    assert answer.json()["detail"] == "1 of the ids name no job. Nothing was requested."
    assert not CancelBatch.objects.exists()


def test_a_filter_that_matches_nothing_says_so(pipeline):
    told = problem(request(pipeline, filter={"status": "running"}), 422)
    assert told["detail"] == "No job was selected. Select at least one."
    assert not CancelBatch.objects.exists()


ONE_OF = "Give “ids” or “filter”: one of them, and not both."


@pytest.mark.parametrize(
    ("about", "place", "sentence"),
    [
        ({}, "", ONE_OF),
        ({"ids": [ID.format(1)], "filter": {"status": "running"}}, "", ONE_OF),
        ({"filter": {}}, "", "The filter is empty."),
        ({"filter": {"owner": ""}}, "/filter/owner", "It is empty."),
        ({"filter": {"path": "/media/transcode", "owner": None}}, "/filter/owner", "Write a text."),
        ({"filter": {"status": "active", "app": None}}, "/filter/app", "Write a text."),
        ({"filter": {"path": None}}, "/filter/path", "Write a text."),
        ({"filter": {"status": None}}, "/filter/status", "Write one of these: 'active',"),
        ({"filter": {"submitted_before": None}}, "/filter/submitted_before", "Write a time with"),
        ({"filter": {"staus": "running"}}, "/filter/staus", "There is no such field."),
        ({"filter": {"submitted_after": 5}}, "/filter/submitted_after", "Write a time with"),
        ({"filter": "all"}, "/filter", "Write an object, in braces."),
        ({"ids": []}, "/ids", "The list is empty. Give at least one."),
        ({"ids": ["?"]}, "/ids/0", "“?” is not a job id."),
        ({"ids": "all"}, "/ids", "Write a list, in brackets."),
        ({"ids": [ID.format(1)], "category": "because"}, "/category", "Write one of these:"),
        ({"ids": [ID.format(1)], "dry_run": "no"}, "/dry_run", "Write true or false."),
        ({"ids": [ID.format(1)], "dry_run": 1}, "/dry_run", "Write true or false."),
        ({"ids": [ID.format(1)], "reason": None}, "/reason", "Write a text."),
    ],
)
def test_what_is_not_understood_is_refused_at_its_place(pipeline, about, place, sentence):
    found = errors(request(pipeline, **about))
    assert list(found) == [place]
    assert found[place].startswith(sentence)


@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "x" * 2001])
def test_a_reason_that_says_nothing_is_refused_as_on_the_page(pipeline, make_job, reason):
    found = errors(request(pipeline, make_job(), reason=reason))
    assert list(found) == ["/reason"]
    assert not CancelBatch.objects.exists()


def test_more_ids_than_one_request_takes_are_refused(pipeline):
    found = errors(request(pipeline, ids=[ID.format(1)] * 10_001))
    assert found == {"/ids": "It has more than 10,000, the most at once."}


def test_ten_thousand_ids_are_taken(pipeline, make_job):
    ids = [make_job().remote_id, *map(ID.format, range(9_999))]
    told = request(pipeline, ids=ids, dry_run=True).json()
    assert (told["to_request_count"], len(told["unknown_ids"])) == (1, 9_999)


def test_more_jobs_than_one_cancellation_may_hold_are_refused(pipeline, make_job, settings):
    settings.CANCEL_MAX_BATCH = 1
    told = problem(request(pipeline, make_job(), make_job()), 422)
    assert told["detail"].startswith("2 jobs are more than one cancellation may hold (1).")
    assert not CancelBatch.objects.exists()


@pytest.mark.parametrize("name", ["settings", "Sports"])
def test_the_app_that_a_job_is_told_with_means_the_same_in_a_filter(
    pipeline, make_job, sports, name
):
    jobs = {"settings": make_job(), "Sports": make_job()}
    Job.objects.filter(pk=jobs["Sports"].pk).update(credential=sports)
    told = pipeline.get(f"jobs/{jobs[name].remote_id}").json()
    batch = batch_of(request(pipeline, filter={"app": told["app"]}))
    assert [item.job for item in batch.attempts.all()] == [jobs[name]]


@pytest.fixture
def sports(db):
    return Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")


def test_jobs_of_several_apps_are_refused(pipeline, make_job, sports):
    jobs = make_job(), make_job()
    Job.objects.filter(pk=jobs[0].pk).update(credential=sports)
    assert "These jobs are of 2 apps" in problem(request(pipeline, *jobs), 422)["detail"]


def test_a_bound_client_cancels_and_sees_what_is_of_its_app(make_pipeline, make_job, sports):
    bound = make_pipeline("read", "cancel", credential=sports)
    unbound = make_pipeline("cancel", name="other")
    ours, theirs = make_job(), make_job()
    Job.objects.filter(pk=ours.pk).update(credential=sports)
    assert list(errors(request(bound, theirs))) == ["/ids/0"]
    batch = batch_of(request(bound, filter={"status": "active"}))
    assert [item.job for item in batch.attempts.all()] == [ours]
    assert bound.get(f"cancellations/{batch.pk}").status_code == 200
    foreign = batch_of(request(unbound, theirs))
    problem(bound.get(f"cancellations/{foreign.pk}"), 404)


@pytest.mark.parametrize("number", ["0", "999", "9" * 40, "-1", "x", "1.5"])
def test_a_cancellation_that_is_not_here_is_not_found(pipeline, number):
    problem(pipeline.get(f"cancellations/{number}"), 404)


def test_a_draft_of_a_person_is_nobody_elses(pipeline, make_job, operator):
    make_job()
    draft = cancel.draft(Job.objects.all(), by=operator, selection="one")
    problem(pipeline.get(f"cancellations/{draft.pk}"), 404)


def test_items_come_page_by_page_and_by_state(pipeline, make_job):
    jobs = [make_job() for _ in range(5)]
    batch = batch_of(request(pipeline, *jobs))
    batch.attempts.filter(job=jobs[2]).update(state="refused", detail="No <b>")
    found = pages(pipeline, f"cancellations/{batch.pk}", "items", limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert {item["job_id"] for page in found for item in page} == {job.remote_id for job in jobs}
    (item,) = pipeline.get(f"cancellations/{batch.pk}", state="refused").json()["items"]
    assert (item["words"], item["detail"]) == ("Refused", "No <b>")


def test_a_cursor_of_another_list_is_refused(pipeline, make_job):
    jobs = [make_job() for _ in range(2)]
    batch = batch_of(request(pipeline, *jobs))
    cursor = pipeline.get("jobs", limit=1).json()["next_cursor"]
    found = errors(pipeline.get(f"cancellations/{batch.pk}", cursor=cursor))
    assert list(found) == ["cursor"]


def test_a_revoked_client_s_cancellation_pauses_and_sends_nothing_more(pipeline, make_job, world):
    batch = batch_of(request(pipeline, make_job()))
    clients.revoke(pipeline.client, by=MAKER)
    run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert batch.pause_reason.startswith("api:nightly has no right any more")
    assert not world.journal


def test_requesting_takes_as_many_statements_for_many_as_for_few(
    pipeline, make_job, django_assert_max_num_queries
):
    jobs = [make_job() for _ in range(30)]
    with django_assert_max_num_queries(25) as few:
        request(pipeline, *jobs[:2])
    with django_assert_max_num_queries(len(few)):
        request(pipeline, *jobs[2:])


def test_telling_takes_as_many_statements_for_many_items_as_for_few(
    pipeline, make_job, django_assert_num_queries
):
    batch = batch_of(request(pipeline, *[make_job() for _ in range(30)]))
    with django_assert_num_queries(5):  # the client, the batch, its counts twice, the items
        pipeline.get(f"cancellations/{batch.pk}")
