"""Draft and confirm in one go, and the same done only to see what would come of it."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import AuditEvent, BatchState, CancelBatch, Job
from mediajobs.services import cancel

ABOUT = {"selection": "all", "category": "stuck", "reason": "It hangs."}


def test_a_release_runs_at_once_with_both_events(make_job, operator):
    make_job()
    batch = cancel.release(Job.objects.all(), by=operator, **ABOUT)
    assert batch.state == BatchState.RUNNING
    kinds = set(AuditEvent.objects.values_list("kind", flat=True))
    assert kinds == {"batch.drafted", "batch.confirmed"}


def test_a_reason_that_will_not_do_leaves_no_draft_behind(make_job, operator):
    make_job()
    with pytest.raises(ValidationError):
        cancel.release(Job.objects.all(), by=operator, **ABOUT | {"reason": " "})
    assert not CancelBatch.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_is_foretold_is_what_a_release_would_do_and_nothing_stays(make_job, operator):
    make_job(), make_job(), make_job(status="Success")
    found = cancel.foretell(Job.objects.all(), by=operator, **ABOUT)
    assert (found.to_request_count, found.counts["already_final"]) == (2, 1)
    assert not CancelBatch.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_could_not_be_released_cannot_be_foretold(make_job, operator):
    make_job()
    with pytest.raises(ValidationError):
        cancel.foretell(Job.objects.all(), by=operator, **ABOUT | {"category": "x"})


def test_of_no_job_nothing_is_foretold(operator):
    found = cancel.foretell(Job.objects.all(), by=operator, **ABOUT)
    assert (found.to_request_count, set(found.counts.values())) == (0, {0})
