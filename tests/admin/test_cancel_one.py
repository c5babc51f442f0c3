"""The page that requests cancellation of one job."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from mediajobs import remote
from mediajobs.models import AuditEvent, BatchState, CancelAttempt, CancelBatch, Job
from tests.admin.cancel_steps import REASON, actor, draft, levels, release, run, said, text


def page_of(job):
    return reverse("admin:mediajobs_job_cancel", args=[job.pk])


@pytest.fixture
def person(sign_in):
    return sign_in("operator")


def test_the_page_shows_the_status_as_the_remote_tells_it_now(person, make_job):
    job = make_job(status="Pending")
    Job.objects.filter(pk=job.pk).update(status="running", reported_status="Running")
    words = text(person.get(page_of(job)))
    assert "Status Pending" in words
    assert "could not be read" not in words


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_cancel_but_see_no_job_sees_none_here_either(client, make_user, make_job, method):
    user, job = make_user(""), make_job(label="Secret title")
    user.user_permissions.add(Permission.objects.get(codename="cancel_job"))
    client.force_login(user)
    response = getattr(client, method)(page_of(job), REASON)
    assert response.status_code == 403
    assert "Secret title" not in text(response)
    assert "You have no right to see jobs." in text(response)
    assert not CancelBatch.objects.exists()


def test_a_status_that_cannot_be_read_is_said_and_the_request_can_still_be_sent(
    person, make_job, world
):
    job = make_job()
    world.fault_next("status.gone")
    response = person.get(page_of(job))
    assert "The status could not be read just now." in text(response)
    assert "The request can still be sent." in text(response)
    assert "Request cancellation of this job</button>" in response.content.decode()


def test_the_way_out_leads_back_to_the_job(person, make_job):
    job = make_job()
    content = person.get(page_of(job)).content.decode()
    link = reverse("admin:mediajobs_job_change", args=[job.pk])
    assert f'href="{link}">Keep it running</a>' in content


def test_a_job_that_has_ended_gets_no_button(person, make_job):
    response = person.get(page_of(make_job(status="Failed")))
    assert "This job has ended: Failed. There is nothing to cancel." in text(response)
    assert 'class="button danger"' not in response.content.decode()


def test_words_of_the_remote_and_of_people_are_escaped(person, make_job, world):
    job = make_job(label="<script>alert(1)</script>", status="<b>Odd</b>")
    content = person.get(page_of(job)).content.decode()
    assert "&lt;script&gt;alert(1)" in content
    assert "<script>alert(1)" not in content
    assert "<b>Odd" not in content


def test_a_cancelled_job_is_called_cancelled_on_its_page(person, make_job, world):
    world.cancel_delay = 0
    job = make_job()
    response = person.post(page_of(job), REASON)
    assert response.url == reverse("admin:mediajobs_job_change", args=[job.pk])
    assert said(response).startswith("Cancelled: the media API took the request")
    assert levels(response) == {"success"}
    assert world.job(job.remote_id).status_at(world.clock()) == "Cancelled"


def test_a_request_that_is_only_taken_is_not_called_cancelled(person, make_job, world):
    world.cancel_delay = 3600
    response = person.post(page_of(make_job()), REASON)
    assert said(response).startswith("Cancellation requested: ")
    assert "still Running" in said(response)
    assert levels(response) == {"info"}


def test_a_job_that_finishes_all_the_same_is_told_so(person, make_job, world):
    world.cancel_delay = 0
    world.fault_next("cancel.finish_anyway")
    assert "the job finished first. It is Success." in said(
        person.post(page_of(make_job()), REASON)
    )


def test_a_job_that_ended_before_the_request_is_told_so(person, make_job, world):
    job = make_job(status="Success")
    Job.objects.filter(pk=job.pk).update(status="running", reported_status="Running")
    assert "the job had already ended. It is Success." in said(person.post(page_of(job), REASON))


def test_a_refusal_is_told_in_the_words_of_the_remote(person, make_job, world):
    world.fault_next("cancel.refuse")
    response = person.post(page_of(make_job()), REASON)
    assert "The media API refused, and the job is still Running." in said(response)
    assert CancelAttempt.objects.get().detail in said(response)
    assert "409" in said(response)


def test_a_job_that_the_remote_does_not_know_is_told_so(person, make_job, world):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(remote_id="0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44")
    assert "The media API knows no such job" in said(person.post(page_of(job), REASON))


def test_a_lost_answer_is_not_told_as_success(person, make_job, world):
    world.cancel_delay = 3600
    world.fault_next("cancel.lost")
    assert said(person.post(page_of(make_job()), REASON)).startswith("No clear answer came: ")


def test_a_throttled_request_waits_and_says_that_no_worker_was_seen(person, make_job, world):
    world.faults = {"cancel.throttle": 1.0}
    response = person.post(page_of(make_job()), REASON)
    assert "The request could not be sent yet." in said(response)
    assert "No sign of life by way of clock, queue and worker" in said(response)


def test_refused_credentials_are_told_and_that_it_is_tried_once_more(person, make_job, world):
    world.faults = {"unauthorized": 1.0}
    response = person.post(page_of(make_job()), REASON)
    assert "does not accept the credentials" in said(response)
    assert CancelBatch.objects.get().state == BatchState.RUNNING


def test_missing_credentials_are_told_and_that_somebody_must_resume(
    person, make_job, world, settings
):
    settings.DOLBYIO_API_TOKEN = ""
    remote.forget()
    response = person.post(page_of(make_job()), REASON)
    batch = CancelBatch.objects.get()
    assert batch.pause_reason in said(response)
    assert f"Nothing is sent until somebody resumes cancellation {batch.pk}." in said(response)


def test_a_second_click_is_harmless_and_says_already_requested(person, make_job, world):
    world.cancel_delay = 3600
    job = make_job()
    person.post(page_of(job), REASON)
    response = person.post(page_of(job), REASON)
    assert "Already requested: another cancellation has asked for this job." in said(response)
    assert world.cancels(job.remote_id) == 1


def test_a_job_that_was_asked_for_gets_no_button(person, make_job, world):
    world.cancel_delay = 3600
    job = make_job()
    person.post(page_of(job), REASON)
    response = person.get(page_of(job))
    assert "Already requested: operator asked for this job in cancellation" in text(response)
    assert 'class="button danger"' not in response.content.decode()


def test_a_job_that_waits_in_another_cancellation_can_still_be_asked_for(
    person, make_job, make_user, world
):
    make_user("bulk operator")
    job = make_job()
    batch = release(job)
    response = person.get(page_of(job))
    assert f"This job also waits in cancellation {batch.pk} of bulk-operator" in text(response)
    world.cancel_delay = 3600
    person.post(page_of(job), REASON)
    run(batch)
    assert batch.attempts.get().joined_to == job.attempts.latest("pk")
    assert world.cancels(job.remote_id) == 1


def test_a_job_in_a_draft_is_not_called_requested(person, make_job, make_user):
    make_user("bulk operator")
    job = make_job()
    draft(job)
    assert "cancellation 1" not in text(person.get(page_of(job))).lower()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"category": "", "reason": "It hangs."}, "Choose what kind of reason it is."),
        ({"category": "no_such", "reason": "It hangs."}, "Choose what kind of reason it is."),
        ({"category": "stuck", "reason": "  "}, "Write why, for whoever reads the record later."),
        (
            {"category": "stuck", "reason": "x" * 100_000},
            "The reason has 100,000 characters; shorten it to 2,000.",
        ),
    ],
)
def test_a_reason_that_will_not_do_is_said_beside_the_field_and_stays_typed(
    person, make_job, world, typed, sentence
):
    job = make_job()
    response = person.post(page_of(job), typed)
    assert response.status_code == 422
    assert sentence in text(response)
    assert typed["reason"].strip() in response.content.decode()
    assert world.cancels(job.remote_id) == 0
    assert not CancelBatch.objects.exists()


def test_a_deleted_job_leads_back_to_the_list(person, make_job):
    job = make_job()
    address = page_of(job)
    job.delete()
    for response in (person.get(address), person.post(address, REASON)):
        assert response.url == reverse("admin:mediajobs_job_changelist")
    assert "This job is not there any more." in said(response)


def test_the_trail_names_who_asked_and_why(person, make_job, world):
    job = make_job()
    person.post(page_of(job), REASON)
    confirmed = AuditEvent.objects.get(kind="batch.confirmed")
    assert (confirmed.actor, confirmed.channel) == ("operator", "web")
    assert confirmed.reason.endswith("It hangs.")
    assert actor("operator").name == AuditEvent.objects.get(kind="cancel.sent").actor


@pytest.mark.parametrize("role", ["viewer", "auditor", ""])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_without_the_right_sees_or_sends(sign_in, make_job, world, role, method):
    person, job = sign_in(role), make_job()
    response = getattr(person, method)(page_of(job), REASON)
    assert response.status_code == 403
    assert "You have no right to request cancellation of a job." in text(response)
    assert world.cancels(job.remote_id) == 0


@pytest.mark.parametrize("role", ["operator", "bulk operator", "administrator"])
def test_who_has_the_right_sends(sign_in, make_job, world, role):
    person, job = sign_in(role), make_job()
    assert person.get(page_of(job)).status_code == 200
    assert person.post(page_of(job), REASON).status_code == 302
    assert world.cancels(job.remote_id) == 1


def test_nobody_sends_without_signing_in(client, make_job, world):
    job = make_job()
    assert client.post(page_of(job), REASON).url.startswith("/login/")
    assert world.cancels(job.remote_id) == 0
