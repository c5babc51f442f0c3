"""Pausing, resuming, aborting and retrying a cancellation."""

import pytest
from django.test import Client
from django.utils import timezone

from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelAttempt, CancelBatch, Job
from mediajobs.services import cancel
from mediajobs.services.cancel.steer import pause_by_engine
from tests.admin.cancel_steps import REASON, actor, draft, release, run, said, text, url


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


@pytest.fixture
def batch(person, make_job):
    """A released batch of two jobs of which nothing is sent yet."""
    return release(make_job(), make_job())


def state_of(batch):
    return CancelBatch.objects.get(pk=batch.pk).state


def test_pausing_stops_the_sending_and_says_who_paused_it(person, batch):
    response = person.post(url("pause", batch))
    assert response.url == url("change", batch)
    assert said(response).startswith("Paused.")
    assert state_of(batch) == BatchState.PAUSED
    words = text(person.get(url("change", batch)))
    assert "bulk-operator paused it. Nothing is sent until somebody resumes" in words
    assert "Resume sending" in words
    assert "Pause sending" not in words


def test_resuming_goes_on(person, batch):
    person.post(url("pause", batch))
    assert said(person.post(url("resume", batch))).endswith("Resumed.")
    assert state_of(batch) == BatchState.RUNNING


def test_what_the_engine_would_resume_can_be_kept_paused(person, batch):
    pause_by_engine(batch, reason="The media API is failing.", retry_after=15.0)
    assert "Keep it paused" in text(person.get(url("change", batch)))
    assert said(person.post(url("pause", batch))).startswith("Paused.")
    words = text(person.get(url("change", batch)))
    assert "bulk-operator paused it." in words
    assert "Keep it paused" not in words


def test_aborting_is_asked_first_with_its_numbers(person, batch):
    words = text(person.get(url("abort_ask", batch)))
    assert "No more requests are sent for 2 queued jobs , fewer if a worker sends" in words
    assert "a job that has not ended by now runs on, unless" in words
    assert "Stop sending for 2 queued jobs Go back" in words
    assert "0 accepted requests are still looked at" in words
    assert state_of(batch) == BatchState.RUNNING


@pytest.mark.parametrize("state", ["sending", "unclear"])
def test_what_is_on_the_way_or_unclear_may_still_be_sent_and_can_be_stopped(person, batch, state):
    batch.attempts.update(state=state)
    words = text(person.get(url("change", batch)))
    assert "Nothing is left to send" not in words
    assert "Pause sending" in words
    asked = text(person.get(url("abort_ask", batch)))
    assert "2 are on the way or without a clear answer" in asked
    assert "Stop sending Go back" in asked
    assert "0 queued" not in asked


def test_aborting_calls_nothing_unsent_or_running_that_may_have_been_sent_or_have_ended(
    person, batch
):
    batch.attempts.update(send_count=1, detail="It is sent again.")
    Job.objects.filter(pk=batch.attempts.first().job_id).update(status="cancelled")
    asked = text(person.get(url("abort_ask", batch)))
    told = said(person.post(url("abort", batch)))
    for words in (asked, told):
        assert "unsent" not in words
        assert "not sent" not in words
        assert "stay running" not in words


def test_a_retry_is_offered_when_nothing_is_open_any_more(person, batch):
    first, second = batch.attempts.all()
    batch.attempts.filter(pk=first.pk).update(state="refused")
    batch.attempts.filter(pk=second.pk).update(state="requested")
    CancelBatch.objects.update(state=BatchState.ABORTED)
    assert "Draft a retry" not in text(person.get(url("change", batch)))
    batch.attempts.filter(pk=second.pk).update(state="cancelled")
    assert "Draft a retry of the 1" in text(person.get(url("change", batch)))


def test_aborting_leaves_unsent_what_was_not_sent(person, batch, world):
    assert said(person.post(url("abort", batch))).startswith("Aborted.")
    assert state_of(batch) == BatchState.ABORTED
    assert set(batch.attempts.values_list("state", flat=True)) == {AttemptState.NOT_SENT}


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("pause", "pause", "batch.paused"),
        ("abort", "abort", "batch.aborted"),
        ("abort", "pause", "batch.paused"),
        ("abort", "resume", "batch.resumed"),
    ],
)
def test_a_deed_that_comes_too_late_changes_nothing_and_says_so(person, batch, first, second, kind):
    person.post(url(first, batch))
    events = AuditEvent.objects.filter(kind=kind).count()
    response = person.post(url(second, batch))
    assert "Nothing was changed. This cancellation was already released by" in said(response)
    assert AuditEvent.objects.filter(kind=kind).count() == events


def test_a_batch_that_ended_is_not_asked_about_aborting(person, batch):
    person.post(url("abort", batch))
    assert "is aborted now." in said(person.get(url("abort_ask", batch)))


def test_a_draft_cannot_be_paused(person, make_job):
    batch = draft(make_job())
    assert "This cancellation is a draft." in said(person.post(url("pause", batch)))
    assert state_of(batch) == BatchState.DRAFT


def test_the_failed_ones_are_drafted_again_as_a_child(person, make_job, world):
    world.cancel_delay = 0
    world.fault_next("cancel.refuse")
    batch = release(make_job(), make_job())
    run(batch)
    CancelAttempt.objects.update(verify_at=timezone.now())
    cancel.verify()
    assert state_of(batch) == BatchState.FINISHED
    assert "Draft a retry of the 1 with a problem" in text(person.get(url("change", batch)))
    response = person.post(url("retry", batch))
    child = CancelBatch.objects.get(parent=batch)
    assert response.url == url("change", child)
    refused = batch.attempts.get(state=AttemptState.REFUSED)
    assert child.attempts.get().job_id == refused.job_id
    words = text(person.get(url("change", batch)))
    assert f"Retry drafted in cancellation {child.pk}" in words
    assert "Retried in" not in words
    assert f"Retry of cancellation {batch.pk}" in text(person.get(url("change", child)))


def test_retries_that_were_released_are_told_apart_from_drafts(person, batch, make_user):
    batch.attempts.update(state=AttemptState.REFUSED)
    CancelBatch.objects.filter(pk=batch.pk).update(state=BatchState.FINISHED)
    make_user("bulk operator", name="other")
    first, second = (cancel.retry(batch, by=actor(name)) for name in ("bulk-operator", "other"))
    cancel.confirm(first, by=actor(), **REASON)
    words = text(person.get(url("change", batch)))
    assert f"Retried in cancellation {first.pk} Retry drafted in" in words
    assert f"Retry drafted in cancellation {second.pk} What was done to it" in words


def test_a_retry_is_offered_no_more_while_one_goes_on(person, batch):
    batch.attempts.update(state=AttemptState.REFUSED)
    CancelBatch.objects.filter(pk=batch.pk).update(state=BatchState.FINISHED)
    person.post(url("retry", batch))
    child = CancelBatch.objects.get(parent=batch)
    assert "Draft a retry" in text(person.get(url("change", batch)))
    cancel.confirm(child, by=actor(), **REASON)
    words = text(person.get(url("change", batch)))
    assert "Draft a retry" not in words
    assert f"Retried in cancellation {child.pk} , which goes on." in words
    refusal = said(person.post(url("retry", batch)))
    assert f"Cancellation {child.pk} retries these already" in refusal
    CancelBatch.objects.filter(pk=child.pk).update(state=BatchState.FINISHED)
    assert "Draft a retry" in text(person.get(url("change", batch)))


def test_a_retry_while_the_batch_goes_on_is_told_to_wait(person, batch):
    assert "still going on" in said(person.post(url("retry", batch)))
    assert CancelBatch.objects.count() == 1


def test_a_retry_of_nothing_is_told_so(person, batch):
    person.post(url("abort", batch))
    assert "No job was selected." in said(person.post(url("retry", batch)))
    assert CancelBatch.objects.count() == 1


DEEDS = ["confirm", "discard", "pause", "resume", "abort", "retry"]


@pytest.mark.parametrize("deed", DEEDS)
def test_the_address_of_a_deed_leads_back_to_the_page_and_does_nothing(person, batch, deed):
    response = person.get(url(deed, batch))
    assert (response.status_code, response.url) == (302, url("change", batch))
    assert state_of(batch) == BatchState.RUNNING


@pytest.mark.parametrize("role", ["viewer", "auditor", ""])
@pytest.mark.parametrize("deed", [*DEEDS, "abort_ask"])
def test_nobody_without_the_right_does_anything(client, make_user, make_job, role, deed):
    make_user("bulk operator")
    batch = draft(make_job()) if deed in ("confirm", "discard") else release(make_job())
    before = batch.state
    client.force_login(make_user(role))
    method = client.get if deed == "abort_ask" else client.post
    response = method(url(deed, batch), REASON)
    assert response.status_code == 403
    assert "You have no right to request or steer cancellations." in text(response)
    assert state_of(batch) == before


@pytest.mark.parametrize("deed", ["pause", "resume", "abort"])
def test_an_operator_without_the_bulk_right_does_not_steer(client, make_user, make_job, deed):
    make_user("bulk operator")
    batch = release(make_job())
    client.force_login(make_user("operator"))
    response = client.post(url(deed, batch))
    assert response.status_code == 403
    assert "You have no right to steer a cancellation." in text(response)
    assert state_of(batch) == BatchState.RUNNING


def test_an_operator_retries_one_job_but_not_two(client, make_user, make_job):
    make_user("bulk operator")
    one, two = release(make_job()), release(make_job(), make_job())
    for batch in (one, two):
        batch.attempts.update(state=AttemptState.REFUSED)
        CancelBatch.objects.filter(pk=batch.pk).update(state=BatchState.FINISHED)
    client.force_login(make_user("operator"))
    assert client.post(url("retry", one)).status_code == 302
    assert client.post(url("retry", two)).status_code == 403
    assert CancelBatch.objects.filter(parent=one).exists()
    assert not CancelBatch.objects.filter(parent=two).exists()


ONLY_BULK = "Only the group “bulk operator” may request cancellation of several jobs at once."
ONLY_OPERATORS = "Only the groups “operator” and “bulk operator” may request cancellation."


@pytest.mark.parametrize(
    ("role", "count", "words"),
    [
        ("bulk operator", 1, "Draft a retry of the 1 with a problem"),
        ("bulk operator", 2, "Draft a retry of the 2 with a problem"),
        ("operator", 1, "Draft a retry of the 1 with a problem"),
        ("operator", 2, ONLY_BULK),
        ("viewer", 1, ONLY_OPERATORS),
        ("viewer", 2, ONLY_BULK),
    ],
)
def test_a_retry_is_offered_to_those_alone_who_may_draft_it(
    client, make_user, make_job, role, count, words
):
    make_user("bulk operator", name="owner")
    batch = release(*(make_job() for _ in range(count)), by=actor("owner"))
    batch.attempts.update(state=AttemptState.REFUSED)
    CancelBatch.objects.filter(pk=batch.pk).update(state=BatchState.FINISHED)
    client.force_login(make_user(role))
    response = client.get(url("change", batch))
    assert words in text(response)
    assert ('id="retry"' in response.content.decode()) is words.startswith("Draft")


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_does_anything_without_signing_in(client, make_user, make_job, deed):
    make_user("bulk operator")
    batch = release(make_job())
    assert client.post(url(deed, batch), REASON).url.startswith("/login/")
    assert state_of(batch) == BatchState.RUNNING


def test_a_forged_form_of_another_site_is_refused(make_user, make_job):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("bulk operator"))
    batch = release(make_job(), by=actor())
    assert strict.post(url("abort", batch)).status_code == 403
    assert state_of(batch) == BatchState.RUNNING
