"""What a pipeline says of jobs: new ones stored, empty places filled, nothing overwritten."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import AuditEvent, Credential, Job, JobSource
from mediajobs.services.audit import Actor
from mediajobs.services.intake import Row, Taken, take

BY = Actor("api:nightly", "api")
ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"
SAID = {"label": "News", "owner": "Sport", "link": "https://mam/1", "note": "Why"}


def row(job_id, line=0, path="/media/transcode", label="", note="", owner="", link=""):
    return Row(line, job_id, path, label, note, owner, link)


def rows(count):
    return [row(ID.format(number), number, **SAID) for number in range(count)]


@pytest.fixture
def sports(db):
    return Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")


def test_a_new_job_is_stored_as_the_pipeline_says(db):
    assert take([row(ID.format(1), **SAID)], by=BY) == [Taken(ID.format(1), is_new=True)]
    job = Job.objects.get()
    assert {name: getattr(job, name) for name in SAID} == SAID
    assert (job.source, job.recorded_by, job.credential) == (JobSource.API, "api:nightly", None)
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor, event.channel) == ("job.recorded", "api:nightly", "api")
    assert event.job_id == job.remote_id
    assert event.detail == "1 new from the API; 0 known already"


def test_empty_places_of_a_known_job_are_filled_on_record(make_job):
    job = make_job(label="Ours")
    taken = take([row(job.remote_id, label="Ours", owner="Sport", note="Why")], by=BY)
    assert taken == [Taken(job.remote_id, is_new=False, filled=("owner", "note"))]
    stored = Job.objects.get()
    assert (stored.label, stored.owner, stored.note, stored.link) == ("Ours", "Sport", "Why", "")
    event = AuditEvent.objects.get()
    assert (event.kind, event.job_id) == ("job.edited", job.remote_id)
    assert event.detail == "owner: “” → “Sport”; note: “” → “Why”"


def test_what_stands_there_stays_and_the_pipeline_is_told(make_job):
    job = make_job(label="Ours")
    taken = take([row(job.remote_id, path="/media/master", label="Theirs")], by=BY)
    assert taken == [Taken(job.remote_id, is_new=False, kept=("path", "label"))]
    stored = Job.objects.get()
    assert (stored.label, stored.path) == ("Ours", "/media/transcode")
    assert not AuditEvent.objects.exists()


def test_new_and_known_ones_are_told_apart_in_the_order_of_the_rows(make_job):
    known, other = make_job(), make_job(label="x")
    taken = take([row(ID.format(9)), row(known.remote_id, label="A"), row(other.remote_id)], by=BY)
    assert [(what.is_new, what.filled) for what in taken] == [
        *((True, ()), (False, ("label",)), (False, ())),
    ]
    assert AuditEvent.objects.get(kind="job.recorded").detail.endswith("2 known already")


def test_jobs_of_a_bound_pipeline_are_those_of_its_app(sports):
    take([row(ID.format(1))], by=BY, credential=sports)
    assert Job.objects.get().credential == sports


def test_a_job_of_another_app_refuses_all_rows_of_a_bound_pipeline(sports, make_job):
    foreign = make_job()
    with pytest.raises(ValidationError) as refusal:
        take([row(ID.format(1)), row(foreign.remote_id, 1, label="x")], by=BY, credential=sports)
    assert refusal.value.message_dict == {
        1: ["This job is here as one of another app than Sports, to which you are bound."]
    }
    assert Job.objects.get().label == ""
    assert not AuditEvent.objects.exists()


def test_a_known_job_keeps_its_app(sports, make_job):
    job = make_job()
    Job.objects.update(credential=sports)
    take([row(job.remote_id, label="x")], by=BY)
    assert (Job.objects.get().credential, Job.objects.get().label) == (sports, "x")


def test_a_thousand_rows_take_as_many_statements_as_two(db, django_assert_num_queries):
    # a savepoint and its release, two groups of rows, the event
    with django_assert_num_queries(5):
        take(rows(1000), by=BY)
    Job.objects.update(label="", owner="")
    # … the known ones, two groups of changes, two of their events, nothing new
    with django_assert_num_queries(9):
        take(rows(1000), by=BY)
    assert AuditEvent.objects.filter(kind="job.edited").count() == 1000
