"""Batches in the states that the tests of cancelling begin with."""

import pytest

from mediajobs.models import Job
from mediajobs.services import cancel


@pytest.fixture
def draft_of(operator):
    """Draft a cancellation of these jobs."""

    def draft(*jobs, by=operator):
        chosen = Job.objects.filter(pk__in=[job.pk for job in jobs])
        return cancel.draft(chosen, by=by, selection=f"{len(jobs)} ticked jobs")

    return draft


@pytest.fixture
def batch_of(draft_of, operator):
    """Draft and confirm a cancellation of these jobs."""

    def batch(*jobs):
        batch = draft_of(*jobs)
        assert cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
        return batch

    return batch
