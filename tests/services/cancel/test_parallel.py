"""Several hands at once: threads with connections of their own, really committing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelBatch, Job
from mediajobs.services import cancel
from tests.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def together(*deeds):
    """Do all deeds at the same time, each in its own thread; return what they returned."""

    def do(deed):
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def test_twenty_confirmations_at_once_release_a_batch_once(make_job, draft_of, operator):
    number = draft_of(make_job()).pk

    def confirm():
        batch = CancelBatch.objects.get(pk=number)
        return cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")

    results = together(*[confirm] * 20)
    assert sorted(results) == [False] * 19 + [True]
    assert AuditEvent.objects.filter(kind="batch.confirmed").count() == 1


def test_twenty_presses_on_retry_at_once_make_one_draft(make_job, batch_of, operator, world):
    world.fault_next("cancel.refuse")
    batch = batch_of(make_job())
    cancel.run(batch, seconds=20, worker="test")

    def retry():
        return cancel.retry(CancelBatch.objects.get(pk=batch.pk), by=operator).pk

    assert len(set(together(*[retry] * 20))) == 1
    assert CancelBatch.objects.filter(parent=batch).count() == 1
    assert AuditEvent.objects.filter(kind="batch.drafted").count() == 2


def test_a_job_that_ends_while_its_request_waits_for_its_turn_is_not_asked_for(
    make_job, batch_of, world, settings
):
    settings.MEDIA_API_MAX_PER_SECOND = 1
    first, second = make_job(), make_job()
    batch = batch_of(first, second)

    def run():
        cancel.run(CancelBatch.objects.get(pk=batch.pk), seconds=5, worker="test")

    def end_the_second():
        wait_until(lambda: world.cancels(first.remote_id), 5)
        Job.objects.filter(pk=second.pk).update(status="success", reported_status="Success")

    together(run, end_the_second)
    assert world.cancels(second.remote_id) == 0
    kinds = AuditEvent.objects.filter(job_id=second.remote_id).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["cancel.sent", "cancel.withheld"]


def test_four_workers_on_one_batch_send_each_job_once(make_job, batch_of, world):
    world.cancel_delay = 3600
    jobs = [make_job() for _ in range(150)]
    batch = batch_of(*jobs)

    def run():
        return cancel.run(CancelBatch.objects.get(pk=batch.pk), seconds=20, worker="one of four")

    together(*[run] * 4)
    assert {world.cancels(job.remote_id) for job in jobs} == {1}
    assert batch.counts()["requested"] == 150
    assert AuditEvent.objects.filter(kind="cancel.sent").count() == 150


def test_two_people_on_the_same_jobs_send_each_job_once(make_job, batch_of, world):
    world.cancel_delay = 3600
    jobs = [make_job() for _ in range(100)]
    batches = [batch_of(*jobs), batch_of(*jobs)]

    def run_of(batch):
        return lambda: cancel.run(batch, seconds=20, worker=f"of {batch.pk}")

    together(*[run_of(batch) for batch in batches])
    assert {world.cancels(job.remote_id) for job in jobs} == {1}
    states = [batch.counts() for batch in batches]
    assert sum(counts["requested"] for counts in states) == 100
    assert sum(counts["queued"] for counts in states) == 100


def test_a_batch_settled_from_two_sides_is_finished_once(make_job, batch_of, world):
    world.cancel_delay = 0
    batch = batch_of(*[make_job() for _ in range(30)])
    cancel.run(batch, seconds=20, worker="test")
    batch.attempts.update(verify_at=batch.created_at)
    together(*[cancel.verify] * 3)
    cancel.rescue()
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED
    assert batch.counts()[AttemptState.CANCELLED] == 30
    assert AuditEvent.objects.filter(kind="batch.finished").count() == 1
    assert AuditEvent.objects.filter(kind="cancel.ended").count() == 30
