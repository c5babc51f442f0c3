"""Who writes the same jobs at the same time waits, and never each for the other.

On SQLite they take turns as a whole; on PostgreSQL two who wait for each other are an error.
"""

import threading
from contextlib import suppress

import pytest
from django.utils import timezone

from mediajobs.models import Job, JobSource, statements
from mediajobs.remote import parse_report
from mediajobs.services import sync
from mediajobs.services.audit import Actor
from mediajobs.services.intake import Row, incoming, store, take
from mediajobs.services.sync import report
from tests.services.cancel.test_parallel import together

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

BY = Actor("api:nightly", "api")
FIRST, SECOND = "11111111-aaaa", "22222222-bbbb"


@pytest.fixture
def meet():
    """Wait a while for another thread to come here too."""
    both = threading.Barrier(2)

    def wait(*_):
        with suppress(threading.BrokenBarrierError):
            both.wait(1)

    return wait


@pytest.fixture
def afterwards(monkeypatch):
    """Have something done after each call of a function."""

    def wrap(module, name, deed):
        usual = getattr(module, name)

        def do(*args, **options):
            found = usual(*args, **options)
            deed()
            return found

        monkeypatch.setattr(module, name, do)

    return wrap


def row(job_id, label=""):
    return Row(0, job_id, "/media/transcode", label, "")


def upload(rows):
    return store(rows, by=BY, source=JobSource.FILE, origin="a test")


def listed(*ids):
    about = {"path": "/media/transcode", "status": "Running"}
    return [parse_report({"job_id": job_id, **about}) for job_id in ids]


def test_two_uploads_of_the_same_jobs_in_opposite_orders_both_end(meet, monkeypatch):
    monkeypatch.setattr(incoming, "GROUP", 1)

    def of(*ids):
        def rows():
            for job_id in ids:
                yield row(job_id)
                meet()

        return lambda: upload(rows())

    counts = together(of(FIRST, SECOND), of(SECOND, FIRST))
    assert sorted(each.new_count for each in counts) == [0, 2]


def test_a_page_of_the_list_and_a_pipeline_with_the_same_jobs_both_end(make_job, meet, afterwards):
    known = make_job().remote_id
    afterwards(report, "settle", meet)
    afterwards(statements, "insert_unless_known", meet)
    together(
        lambda: sync.adopt(listed(known, FIRST), read_at=timezone.now()),
        lambda: take([row(known, "News"), row(FIRST, "Sport")], by=BY),
    )
    assert Job.objects.get(remote_id=known).label == "News"
    assert Job.objects.filter(remote_id=FIRST).count() == 1


def test_an_upload_that_names_jobs_and_a_sweep_that_reads_them_both_end(
    make_job, afterwards, monkeypatch
):
    ids = [make_job().remote_id for _ in range(2)]
    monkeypatch.setattr(incoming, "GROUP", 1)
    is_naming, is_read = threading.Event(), threading.Event()

    def hold():
        is_naming.set()
        is_read.wait(0.5)

    def sweep():
        is_naming.wait(5)
        sync.store(listed(*ids), read_at=timezone.now())
        is_read.set()

    afterwards(statements, "update_each", hold)
    together(lambda: upload([row(job_id, "News") for job_id in reversed(ids)]), sweep)
    assert Job.objects.filter(label="News").count() == 2


def test_new_jobs_are_written_in_the_order_of_their_ids_whoever_brings_them(db):
    ids = ["b1111111", "B2222222", "a3333333", "A_444444", "A.555555", "A-666666", "1:777777"]
    for bring in (
        lambda: upload(map(row, ids)),
        lambda: take(list(map(row, ids)), by=BY),
        lambda: sync.adopt(listed(*ids), read_at=timezone.now()),
    ):
        bring()
        assert list(Job.objects.order_by("pk").values_list("remote_id", flat=True)) == sorted(ids)
        Job.objects.all().delete()
