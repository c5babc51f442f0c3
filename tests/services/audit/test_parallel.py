"""Writers, sealers and a verifier at once: no fork, no deadlock, no false alarm."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from mediajobs.models import AuditEvent, AuditLink
from mediajobs.services import audit
from mediajobs.services.audit import Verdict

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

WRITERS, SEALERS = 8, 4


def together(deeds, seconds):
    """Repeat each deed in a thread of its own until the time is up, or one of them raises."""
    ends_at, is_over = time.monotonic() + seconds, threading.Event()

    def repeat(deed):
        try:
            while time.monotonic() < ends_at and not is_over.is_set():
                deed()
        finally:
            is_over.set()
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        for future in [pool.submit(repeat, deed) for deed in deeds]:
            future.result(60)


def write():
    """Record some events one after the other, as a deed of the panel's does, then some at once."""
    with transaction.atomic():
        audit.record("job.edited", audit.ENGINE, job_id="job-00001")
        time.sleep(0.002)  # so that others commit larger ids before this one
        audit.record("job.edited", audit.ENGINE, job_id="job-00002")
    AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE) for _ in range(20)])


def verify():
    report = audit.verify()
    assert report.verdict == Verdict.SOUND, report.problems
    time.sleep(0.05)


@pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=pytest.mark.drill)])
def test_writers_sealers_and_a_verifier_do_not_disturb_each_other(seconds):
    sealers = [audit.seal] * (SEALERS - 1) + [lambda: audit.checkpoint("a test")]
    together([write] * WRITERS + sealers + [verify], seconds)
    audit.checkpoint("the end")
    report = audit.verify()
    assert report.verdict == Verdict.SOUND
    assert report.event_count == AuditEvent.objects.count() == AuditLink.objects.count()
    assert report.event_count > 100


def test_an_event_that_is_committed_late_is_sealed_behind_larger_ids():
    begun, go_on = threading.Event(), threading.Event()

    def commit_late():
        with transaction.atomic():
            audit.record("job.deleted", audit.ENGINE, detail="late")
            begun.set()
            go_on.wait(10)
        connection.close()

    late = threading.Thread(target=commit_late)
    late.start()
    begun.wait(10)
    if connection.vendor == "postgresql":  # SQLite lets nobody else write meanwhile
        audit.record("job.deleted", audit.ENGINE, detail="early")
        assert audit.seal() == 1
    go_on.set()
    late.join()
    assert audit.seal() == 1
    assert audit.verify().verdict == Verdict.SOUND
    assert AuditEvent.objects.get(pk=AuditLink.objects.last().event_id).detail == "late"
