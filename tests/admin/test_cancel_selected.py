"""The action on the list of jobs that drafts a cancellation."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from mediajobs.models import AuditEvent, CancelBatch, Job, JobSource
from mediajobs.models.forecast import forecast
from tests.admin.cancel_steps import said, text, url

LIST = "admin:mediajobs_job_changelist"


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


def choose(person, *jobs, across=False, query=""):
    """Tick jobs on the list and start the action; `across` means all that match."""
    form = {
        "action": "cancel_selected",
        "index": "0",
        "select_across": str(int(across)),
        ACTION_CHECKBOX_NAME: [job.pk for job in jobs],
    }
    return person.post(reverse(LIST) + query, form)


def test_ticked_jobs_are_frozen_into_a_draft_and_nothing_is_sent(person, make_job, world):
    first, second, other = make_job(), make_job(), make_job()
    response = choose(person, first, second)
    batch = CancelBatch.objects.get()
    assert response.url == url("change", batch)
    assert (batch.state, batch.frozen_count) == ("draft", 2)
    assert batch.selection == "2 ticked on the list of jobs"
    assert {attempt.job for attempt in batch.attempts.all()} == {first, second}
    assert [world.cancels(job.remote_id) for job in (first, second, other)] == [0, 0, 0]


@pytest.mark.parametrize("across", ["False", "false", "0", ""])
def test_what_django_takes_for_ticks_is_recorded_as_ticks(person, make_job, across):
    make_job()
    job = make_job()
    form = {"action": "cancel_selected", "index": "0", "select_across": across}
    person.post(reverse(LIST), form | {ACTION_CHECKBOX_NAME: [job.pk]})
    batch = CancelBatch.objects.get()
    assert (batch.frozen_count, batch.selection) == (1, "1 ticked on the list of jobs")


def test_only_ticks_that_name_a_job_are_counted_and_each_once(person, make_job):
    job = make_job()
    choose(person, job, job, job, Job(pk=777777), Job(pk=888888))
    batch = CancelBatch.objects.get()
    assert (batch.frozen_count, batch.selection) == (1, "1 ticked on the list of jobs")


def test_all_matching_means_the_filters_and_not_the_page(person, make_job):
    for _ in range(3):
        make_job(status="Running", path="/media/enhance")
    make_job(status="Running", path="/media/transcode")
    make_job(status="Success", path="/media/enhance")
    shown = Job.objects.filter(path="/media/enhance").first()
    query = "?status=running&path=/media/enhance"
    choose(person, shown, across=True, query=query)
    batch = CancelBatch.objects.get()
    assert batch.frozen_count == 3
    assert batch.selection.startswith("All jobs with ")
    assert "Running" in batch.selection
    assert "enhance" in batch.selection.lower()


def test_all_matching_a_search_names_the_search(person, make_job):
    make_job(label="Evening news")
    make_job(label="Morning news")
    make_job(label="Weather")
    choose(person, Job.objects.first(), across=True, query="?q=news")
    batch = CancelBatch.objects.get()
    assert batch.frozen_count == 2
    assert "“news” in id or label" in batch.selection


def test_all_of_an_unfiltered_list_is_all_jobs(person, make_job):
    make_job()
    choose(person, make_job(), across=True)
    assert CancelBatch.objects.get().selection == "All jobs"


def test_all_matching_goes_far_beyond_a_thousand(person, db):
    Job.objects.bulk_create(
        Job(remote_id=f"job-{n:08}", path="/media/enhance", source=JobSource.REMOTE)
        for n in range(2500)
    )
    choose(person, Job.objects.first(), across=True)
    batch = CancelBatch.objects.get()
    assert batch.frozen_count == batch.attempts.count() == 2500


def test_jobs_that_have_ended_are_in_the_draft_and_will_not_be_asked_for(person, make_job):
    choose(person, make_job(status="Failed"), make_job())
    batch = CancelBatch.objects.get()
    assert batch.frozen_count == 2
    assert forecast(batch).to_request_count == 1


@pytest.mark.parametrize("across", [False, True])
def test_an_empty_selection_is_told_on_the_list_as_it_was_filtered(person, make_job, across):
    make_job(label="News")
    make_job(label="Weather")
    response = choose(person, across=across, query="?q=news&status=running")
    assert response.status_code == 400
    words = text(response)
    assert "No job was selected. Tick at least one, or use “Select all”." in words
    assert "Items must be selected" not in words
    assert "News" in words
    assert "Weather" not in words
    assert '<option value="cancel_selected" selected>' in response.content.decode()
    assert not CancelBatch.objects.exists()


def test_ticked_jobs_that_are_all_gone_are_told_so(person, make_job):
    make_job()
    job = make_job()
    Job.objects.filter(pk=job.pk).delete()
    response = choose(person, Job(pk=job.pk))
    assert "No job was selected. Select at least one." in said(response)
    assert not CancelBatch.objects.exists()


def test_more_than_one_cancellation_may_hold_is_told_so(person, make_job, settings):
    settings.CANCEL_MAX_BATCH = 1
    response = choose(person, make_job(), make_job())
    assert "2 jobs are more than one cancellation may hold (1)." in said(response)
    assert not CancelBatch.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
def test_the_action_is_for_bulk_operators_alone(sign_in, make_job, role):
    person, job = sign_in(role), make_job()
    assert "Request cancellation of selected jobs" not in text(person.get(reverse(LIST)))
    choose(person, job)
    assert not CancelBatch.objects.exists()


def test_the_draft_is_in_the_trail(person, make_job):
    choose(person, make_job())
    drafted = AuditEvent.objects.get(kind="batch.drafted")
    assert (drafted.actor, drafted.channel) == ("bulk-operator", "web")
