"""Storing: all or none, nothing overwritten, and the deed on record."""

import pytest

from mediajobs.models import AuditEvent, Job, JobSource, JobStatus
from mediajobs.services.intake import Row, record_one, store

ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"


def rows(count, **about):
    values = {"path": "/media/enhance", "label": "L", "note": "N", "owner": "O"} | about
    return (Row(number + 1, ID.format(number), **values) for number in range(count))


def stored(rows, by):
    return store(rows, by=by, source=JobSource.FILE, origin="a test")


def test_a_stored_row_is_a_job_of_unknown_status(operator):
    stored(rows(1, link="https://mam/1"), operator)
    job = Job.objects.get()
    assert (job.remote_id, job.path, job.label, job.note, job.owner, job.link) == (
        *(ID.format(0), "/media/enhance", "L", "N", "O", "https://mam/1"),
    )
    assert (job.status, job.source, job.recorded_by) == (
        *(JobStatus.UNKNOWN, JobSource.FILE, operator.name),
    )
    assert job.checked_at is None


def test_known_and_repeated_ids_are_counted_and_left_as_they_are(operator):
    stored(rows(2, label="first"), operator)
    counts = stored([*rows(3), *rows(3)], operator)
    assert (counts.new_count, counts.known_count) == (1, 5)
    assert Job.objects.filter(label="first").count() == 2


def test_a_whole_intake_is_one_event(operator):
    stored(rows(2500), operator)
    assert Job.objects.count() == 2500
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor, event.job_id) == ("job.recorded", operator.name, "")
    assert event.detail == "2,500 new from a test; 0 known already"


def test_an_intake_of_nothing_new_is_no_event(operator):
    stored(rows(2), operator)
    counts = stored(rows(2), operator)
    assert counts.words == "0 jobs recorded; 2 known already."
    assert AuditEvent.objects.count() == 1


def test_rows_that_break_off_leave_nothing_behind(operator):
    def broken():
        yield from rows(1500)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        stored(broken(), operator)
    assert not Job.objects.exists()
    assert not AuditEvent.objects.exists()


def test_rows_are_read_in_groups(operator, django_assert_num_queries):
    # a savepoint and its release, the table made and dropped, two groups, the jobs, whom to
    # name, the event
    with django_assert_num_queries(9):
        stored(rows(1500), operator)


def test_empty_places_of_known_jobs_are_filled_each_on_record(make_job, operator):
    bare, half, full = make_job(), make_job(label="Ours"), make_job(label="Mine")
    said = [
        Row(1, bare.remote_id, "/media/master", "News", "", "Desk"),
        Row(2, half.remote_id, "/media/master", "Theirs", "Why"),
        Row(3, full.remote_id, "/media/master", "Theirs", ""),
        Row(4, ID.format(1), "/media/master", "New", ""),
    ]
    counts = stored(said, operator)
    assert counts.words == "1 job recorded; 2 named; 1 known already."
    labels = Job.objects.order_by("pk").values_list("label", flat=True)
    assert list(labels) == ["News", "Ours", "Mine", "New"]
    bare.refresh_from_db(), half.refresh_from_db()
    assert (bare.owner, bare.path, half.note) == ("Desk", "/media/transcode", "Why")
    events = AuditEvent.objects.filter(kind="job.edited").order_by("pk")
    assert [(event.actor, event.job_id, event.detail) for event in events] == [
        (operator.name, bare.remote_id, "label: “” → “News”; owner: “” → “Desk”"),
        (operator.name, half.remote_id, "note: “” → “Why”"),
    ]
    assert AuditEvent.objects.get(kind="job.recorded").detail.endswith("3 known already")


def test_jobs_are_named_in_groups_and_rows_without_words_cost_nothing_more(
    operator, django_assert_num_queries
):
    stored(rows(1500, label="", note="", owner=""), operator)
    with django_assert_num_queries(8):  # as above, without the event
        stored(rows(1500, label="", note="", owner=""), operator)
    # … two groups of jobs, of rows, of changes and of events of 500 each
    with django_assert_num_queries(8 + 2 + 2 + 3 + 3):
        assert stored(rows(1500), operator).named_count == 1500
    assert AuditEvent.objects.filter(kind="job.edited").count() == 1500


def test_one_job_is_recorded_with_its_event(operator):
    job, is_new = record_one(remote_id=ID.format(1), path="/media/master", by=operator)
    assert is_new
    assert (job.source, job.recorded_by) == (JobSource.FORM, operator.name)
    event = AuditEvent.objects.get()
    assert (event.kind, event.job_id) == ("job.recorded", ID.format(1))


def test_one_job_that_is_known_stays_as_it_is(make_job, operator):
    known = make_job(label="mine")
    job, is_new = record_one(
        remote_id=known.remote_id, path="/media/master", label="theirs", by=operator
    )
    assert not is_new
    assert (job.pk, job.label, job.path) == (known.pk, "mine", known.path)
    assert not AuditEvent.objects.exists()
