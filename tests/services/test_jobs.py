"""What people change about a job, and when it may be deleted."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import AuditEvent, CancelAttempt, Job
from mediajobs.services import cancel, jobs


@pytest.fixture
def draft_of(operator):
    def draft(job):
        return cancel.draft(Job.objects.filter(pk=job.pk), by=operator, selection="one")

    return draft


def test_an_edit_keeps_old_and_new_on_record(make_job, operator):
    job = make_job(label="old")
    assert jobs.edit(job, label="new", note="why", by=operator)
    stored = Job.objects.get()
    assert (stored.label, stored.note) == ("new", "why")
    event = AuditEvent.objects.get()
    assert (event.kind, event.job_id) == ("job.edited", job.remote_id)
    assert event.detail == "label: “old” → “new”; note: “” → “why”"


def test_an_edit_that_changes_nothing_is_no_event(make_job, operator):
    job = make_job(label="old")
    assert not jobs.edit(job, label="old", note="", by=operator)
    assert not AuditEvent.objects.exists()


def test_an_edit_leaves_alone_what_it_does_not_speak_of(make_job, operator):
    job = make_job(label="old")
    jobs.edit(job, owner="Sport", link="https://mam/1", by=operator)
    stored = Job.objects.get()
    assert (stored.label, stored.owner, stored.link) == ("old", "Sport", "https://mam/1")
    assert AuditEvent.objects.get().detail == "owner: “” → “Sport”; link: “” → “https://mam/1”"


def test_an_edit_never_touches_what_the_remote_said_meanwhile(make_job, operator):
    job = make_job(status="Running")
    Job.objects.update(status="success")
    jobs.edit(job, label="new", note="", by=operator)
    assert Job.objects.get().status == "success"


def test_a_deleted_job_is_gone_and_its_events_stay(make_job, operator):
    job = make_job(label="bad")
    jobs.delete(job, by=operator)
    assert not Job.objects.exists()
    event = AuditEvent.objects.get()
    assert (event.kind, event.job_id) == ("job.deleted", job.remote_id)
    assert event.detail == "/media/transcode, last known as Running, label “bad”"


def test_a_job_that_waits_in_a_confirmed_cancellation_is_not_deleted(make_job, draft_of, operator):
    job = make_job()
    batch = draft_of(job)
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
    with pytest.raises(ValidationError, match=f"Cancellation {batch.pk} still works on this job"):
        jobs.delete(job, by=operator)
    assert Job.objects.exists()


def test_a_job_in_a_draft_or_an_ended_cancellation_can_be_deleted(make_job, draft_of, operator):
    job = make_job()
    batch = draft_of(job)
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
    cancel.abort(batch, by=operator)
    draft_of(job)
    jobs.delete(job, by=operator)
    assert not Job.objects.exists()
    assert CancelAttempt.objects.filter(job=None).count() == 2
