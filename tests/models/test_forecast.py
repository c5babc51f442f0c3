"""What a draft will do: each job's prospect, and how fresh the news is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import Job
from mediajobs.models.forecast import Prospect, forecast, with_prospect
from mediajobs.services import cancel


@pytest.fixture
def draft_of(operator):
    def draft(*jobs):
        chosen = Job.objects.filter(pk__in=[job.pk for job in jobs])
        return cancel.draft(chosen, by=operator, selection="ticked")

    return draft


def prospect_of(batch):
    return with_prospect(batch.attempts.all()).get().prospect


def test_cancellation_of_a_running_job_will_be_requested(make_job, draft_of):
    assert prospect_of(draft_of(make_job(status="Running"))) == Prospect.REQUEST


def test_a_job_that_had_ended_when_it_was_chosen_is_left_alone(make_job, draft_of):
    assert prospect_of(draft_of(make_job(status="Success"))) == Prospect.ENDED


def test_a_job_that_ends_after_it_was_chosen_is_left_alone(make_job, draft_of):
    job = make_job()
    batch = draft_of(job)
    Job.objects.filter(pk=job.pk).update(status="success")
    assert prospect_of(batch) == Prospect.ENDED


def test_a_job_with_a_word_that_nobody_knows_is_unknown(make_job, draft_of):
    assert prospect_of(draft_of(make_job(status="Hibernating"))) == Prospect.UNKNOWN


def test_a_job_that_the_remote_does_not_know_is_told_as_that_and_requested(make_job, draft_of):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(missing_at=timezone.now())
    batch = draft_of(job)
    assert prospect_of(batch) == Prospect.MISSING
    assert forecast(batch).to_request_count == 1


def test_a_deleted_job_is_left_out(make_job, draft_of):
    job = make_job()
    batch = draft_of(job)
    job.delete()
    assert prospect_of(batch) == Prospect.DELETED


def test_a_job_that_another_batch_has_asked_for_is_not_asked_twice(
    make_job, draft_of, operator, world
):
    world.cancel_delay = 3600
    job = make_job()
    cancel.cancel_now(job, by=operator, category="stuck", reason="It hangs.")
    assert prospect_of(draft_of(job)) == Prospect.ELSEWHERE


def test_a_job_that_another_draft_holds_will_be_requested(make_job, draft_of):
    job = make_job()
    draft_of(job)
    assert prospect_of(draft_of(job)) == Prospect.REQUEST


def test_the_counts_add_up_to_the_frozen_number(make_job, draft_of, django_assert_num_queries):
    statuses = ("Running", "Pending", "Hibernating", "Success", "Failed")
    batch = draft_of(*(make_job(status=status) for status in statuses))
    with django_assert_num_queries(1):
        found = forecast(batch)
    assert sum(found.counts.values()) == batch.frozen_count == 5
    assert (found.to_request_count, found.counts[Prospect.ENDED]) == (3, 2)
    assert [count for _, _, count in found.rows()] == [2, 1, 2]


def test_the_oldest_reading_is_that_of_the_jobs_to_request(make_job, draft_of):
    ended, old, fresh = make_job(status="Success"), make_job(), make_job()
    hour = timedelta(hours=1)
    for job, hours in ((ended, 5), (old, 2), (fresh, 1)):
        Job.objects.filter(pk=job.pk).update(checked_at=timezone.now() - hours * hour)
    old.refresh_from_db()
    assert forecast(draft_of(ended, old, fresh)).oldest_check_at == old.checked_at


def test_jobs_whose_status_was_never_read_are_counted(make_job, draft_of):
    never, read = make_job(), make_job()
    Job.objects.filter(pk=never.pk).update(checked_at=None)
    read.refresh_from_db()
    found = forecast(draft_of(never, read))
    assert (found.never_checked_count, found.oldest_check_at) == (1, read.checked_at)


def test_a_draft_of_ended_jobs_has_nothing_to_request(make_job, draft_of):
    found = forecast(draft_of(make_job(status="Failed")))
    assert (found.to_request_count, found.oldest_check_at) == (0, None)
