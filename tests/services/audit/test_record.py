"""Naming who does a deed, and preparing the events that say so."""

import pytest
from django.contrib.auth.models import AnonymousUser

from mediajobs.models import AuditEvent, AuditKind, CancelBatch, Job
from mediajobs.services import audit, cancel
from mediajobs.services.audit import ENGINE, Actor


@pytest.fixture
def make_request(rf, make_user):
    """Make a request of a signed-in operator; keyword arguments are headers."""
    user = make_user("operator")

    def make(**headers):
        request = rf.get("/", **headers)
        request.user = user
        return request

    return make


def test_a_request_names_its_person_and_where_it_came_from(make_request):
    request = make_request(
        REMOTE_ADDR="10.1.2.3", HTTP_USER_AGENT="Firefox", HTTP_X_REQUEST_ID="r1"
    )
    actor = Actor.from_request(request)
    assert (actor.name, actor.channel, actor.user) == ("operator", "web", request.user)
    assert actor.user_id == str(request.user.pk)
    assert (actor.address, actor.user_agent, actor.request_id) == ("10.1.2.3", "Firefox", "r1")


def test_a_request_without_an_id_gets_one_of_its_own(make_request):
    first, second = (Actor.from_request(make_request()) for _ in range(2))
    assert len(first.request_id) == 32
    assert first.request_id != second.request_id


def test_headers_are_cut_to_what_the_trail_holds(make_request):
    actor = Actor.from_request(make_request(HTTP_USER_AGENT="u" * 999, HTTP_X_REQUEST_ID="r" * 999))
    assert (len(actor.user_agent), len(actor.request_id)) == (300, 64)


def test_a_forwarded_address_is_not_believed_without_our_proxy(make_request, settings):
    settings.HTTPS = False
    request = make_request(REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="1.1.1.1")
    assert Actor.from_request(request).address == "10.1.2.3"


def test_behind_our_proxy_the_address_that_the_proxy_saw_counts(make_request, settings):
    settings.HTTPS = True
    request = make_request(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert Actor.from_request(request).address == "203.0.113.9"


def test_behind_our_proxy_without_a_forwarded_address_the_proxy_is_named(make_request, settings):
    settings.HTTPS = True
    assert Actor.from_request(make_request(REMOTE_ADDR="127.0.0.1")).address == "127.0.0.1"


def test_the_shell_is_named_by_its_account_and_may_do_everything():
    actor = Actor.from_shell("root")
    assert (actor.name, actor.channel) == ("shell:root", "command")
    assert actor.may("bulk_cancel_job")
    assert len(Actor.from_shell("x" * 999).name) == 150


def test_a_person_may_what_one_of_the_named_rights_allows(make_user):
    actor = Actor(name="operator", channel="web", user=make_user("operator"))
    assert actor.may("bulk_cancel_job", "cancel_job")
    assert not actor.may("bulk_cancel_job")
    assert not Actor(name="", channel="web", user=AnonymousUser()).may("cancel_job")


def test_what_a_worker_does_is_recorded_as_the_person_of_the_batch(operator, make_job):
    job = make_job()
    batch = cancel.draft(Job.objects.filter(pk=job.pk), by=operator, selection="one")
    actor = Actor.behind(CancelBatch.objects.get(pk=batch.pk))
    assert (actor.name, actor.user_id) == (operator.name, operator.user_id)
    assert actor.user is None


def test_a_person_who_was_deleted_is_still_named_by_the_batch(operator, make_job):
    job = make_job()
    batch = cancel.draft(Job.objects.filter(pk=job.pk), by=operator, selection="one")
    operator.user.delete()
    actor = Actor.behind(CancelBatch.objects.get(pk=batch.pk))
    assert (actor.name, actor.user_id) == (operator.name, "")
    assert AuditEvent.objects.get().actor == operator.name


def test_an_event_about_an_item_names_batch_claim_and_job(operator, make_job):
    job = make_job()
    batch = cancel.draft(Job.objects.filter(pk=job.pk), by=operator, selection="one")
    attempt = batch.attempts.get()
    event = audit.event(AuditKind.CANCEL_SENT, operator, attempt=attempt)
    assert (event.batch_id, event.attempt_id) == (batch.pk, attempt.pk)
    assert (event.fence, event.job_id) == (attempt.fence, job.remote_id)
    assert event.pk is None


def test_recording_stores_one_whole_event(db):
    audit.record(AuditKind.JOB_DELETED, ENGINE, job_id="job-00001", detail="gone")
    stored = AuditEvent.objects.get()
    assert (stored.kind, stored.actor, stored.channel) == ("job.deleted", "engine", "engine")
    assert stored.is_intact
