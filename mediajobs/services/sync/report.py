"""Keeping jobs as the remote tells them; the one place where a job's status changes."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mediajobs.models import CancelAttempt, Credential, Job, JobSource, JobStatus, statements
from mediajobs.models.job import AHEAD, FINAL_STATUSES, LONGEST_WAIT, MEDIA_PATH, REMOTE_ID
from mediajobs.remote import JobReport
from mediajobs.services.settle import settle

logger = logging.getLogger(__name__)

STATUSES = {
    "Pending": JobStatus.PENDING,
    "Running": JobStatus.RUNNING,
    "Success": JobStatus.SUCCESS,
    "Failed": JobStatus.FAILED,
    "Cancelled": JobStatus.CANCELLED,
    "InternalError": JobStatus.INTERNAL_ERROR,
}
#: The remote's list says this much; what it leaves out keeps the value it had.
FACTS = (
    "progress",
    "api_version",
    "error",
    "duration",
    "submitted_at",
    "started_at",
    "completed_at",
    "expires_at",
)
#: What may change about a job besides the moment of reading.
NEWS = ("path", "status", "reported_status", "dated_at", "missing_at", "look_again_at", *FACTS)
STORED = (*NEWS, "checked_at")
#: A job that did not change is written only to say that it was read, and no more often.
FRESH = timedelta(minutes=1)
#: A job that is missing, or could not be read a second time, is asked for again after as long as
#: it has been so.
SHORTEST_WAIT = timedelta(seconds=10)
#: Ids of rows of lists that are left out and that the log of this process tells of. A list may
#: have any number of them, so that after so many no more is told.
told: set[str] = set()
MOST_TOLD = 1000
#: The remote keeps jobs for so long (contract section 2).
KEPT = timedelta(days=31)


def apply_report(job: Job, report: JobReport, *, read_at: datetime) -> None:
    """Take the remote's news into `job`, in memory.

    The newest news wins, told apart by when it was asked for (`read_at`; one that lies ahead comes
    from a clock that was wrong); a final status is
    true whenever it was read and never goes back. Words that we do not know are kept as
    they came and count as unknown (contract section 10).
    """
    status = STATUSES.get(report.status, JobStatus.UNKNOWN)
    is_older = job.checked_at is not None and read_at < job.checked_at <= timezone.now() + AHEAD
    if is_older and (job.is_final or status not in FINAL_STATUSES):
        return
    if job.is_final and status != job.status:
        job.checked_at = read_at
        return
    if not job.is_final and report.status:
        job.status, job.reported_status = status, report.status
    for name in FACTS:
        value = getattr(report, name)
        if value not in (None, ""):
            setattr(job, name, value)
    if MEDIA_PATH.fullmatch(report.path):
        job.path = report.path
    job.dated_at = job.submitted_at or job.recorded_at
    job.checked_at = read_at if not is_older else job.checked_at
    job.missing_at = job.look_again_at = None


@transaction.atomic(savepoint=False)
def store(reports: Iterable[JobReport], *, read_at: datetime, is_sweep: bool = False) -> list[Job]:
    """Store news of the jobs that the panel knows; settle the cancels of those that ended.

    Of a sweep only what is news is written; a look at a job is always written down.
    """
    by_id = {report.job_id: report for report in reports}
    jobs = list(
        Job.objects.filter(remote_id__in=by_id).order_by("pk").select_for_update(no_key=True)
    )
    news = [job for job in jobs if take_in(job, by_id[job.remote_id], read_at)]
    rewrite(news if is_sweep else jobs)
    settle(jobs)
    return jobs


def take_in(job: Job, report: JobReport, read_at: datetime) -> bool:
    """Apply a report; say whether the row is to be written: it changed, or was long not read."""
    before = [getattr(job, name) for name in NEWS]
    last_read_at = job.checked_at
    apply_report(job, report, read_at=read_at)
    is_overdue = last_read_at is None or abs(read_at - last_read_at) >= FRESH
    return is_overdue or before != [getattr(job, name) for name in NEWS]


def rewrite(jobs: list[Job]) -> None:
    """Write what was read over the rows, which the caller has locked."""
    values = ([job.pk, *(getattr(job, name) for name in STORED)] for job in jobs)
    statements.update_each(Job, ("id",), STORED, values)


def adopt(
    reports: list[JobReport], *, read_at: datetime, credential: Credential | None = None
) -> int:
    """Store a page of an app's list, unknown jobs included; say how many were new.

    The known ones first, in a transaction of their own, and the new ones in the order of ids:
    so nobody who writes the same jobs waits for this while this waits for them.
    """
    with transaction.atomic():
        known = store(reports, read_at=read_at, is_sweep=True)
        give_to(credential, known)
    sound = {
        report.job_id: report
        for report in reports
        if REMOTE_ID.fullmatch(report.job_id) and MEDIA_PATH.fullmatch(report.path)
    }
    ids = {job.remote_id for job in known}
    tell_left_out({report.job_id for report in reports} - sound.keys() - ids)
    unknown = sorted(sound.keys() - ids)
    new = [new_job(sound[job_id], read_at, credential) for job_id in unknown]
    Job.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def tell_left_out(ids: set[str]) -> None:
    """Log how many of these were not told of yet: the next sweep finds them again."""
    news = ids - told
    if news and len(told) < MOST_TOLD:
        told.update(news)
        words = "%s jobs of a page of the list are left out: no job has such an id or path"
        logger.warning(words, len(news))


def give_to(credential: Credential | None, jobs: list[Job]) -> None:
    """Give jobs that an app's list names to that app: a list has no jobs of others.

    Not those that are being cancelled: a cancellation is of one app. The caller holds the rows.
    """
    key = credential.pk if credential else None
    strays = [job.pk for job in jobs if job.credential_id != key]
    if strays:
        asked = CancelAttempt.objects.open().filter(job__in=strays).values("job")
        Job.objects.filter(pk__in=strays).exclude(pk__in=asked).update(credential=credential)


def new_job(report: JobReport, read_at: datetime, credential: Credential | None = None) -> Job:
    job = Job(
        credential=credential,
        remote_id=report.job_id,
        path=report.path,
        source=JobSource.REMOTE,
        recorded_at=read_at,
    )
    apply_report(job, report, read_at=read_at)
    return job


@transaction.atomic
def mark_missing(job_ids: list[int], read_at: datetime) -> None:
    """Note that the remote knows no such jobs, unless newer news say that it does.

    Their last known status stays. It may be wrong, so it is asked again, ever more seldom, for as
    long as it keeps jobs.
    """
    newer = Q(checked_at__gt=read_at, checked_at__lte=timezone.now() + AHEAD)
    jobs = Job.objects.filter(pk__in=job_ids).exclude(newer).order_by("pk")
    values = [
        [job.pk, job.missing_at or read_at, read_at, missing_again_at(job, read_at)]
        for job in jobs.select_for_update(no_key=True)
    ]
    statements.update_each(Job, ("id",), ("missing_at", "checked_at", "look_again_at"), values)


def missing_again_at(job: Job, read_at: datetime) -> datetime | None:
    is_kept = read_at - job.dated_at < KEPT
    return read_at + wait_after(read_at - (job.missing_at or read_at)) if is_kept else None


@transaction.atomic
def set_aside(jobs: Iterable[Job], read_at: datetime) -> None:
    """Let the sweeps wait with jobs that cannot be read, each time twice as long as before.

    Not with one that somebody else has read meanwhile.
    """
    seen = {job.pk: job.checked_at for job in jobs}
    held = Job.objects.filter(pk__in=seen).order_by("pk").select_for_update(no_key=True)
    still = [job for job in held if job.checked_at == seen[job.pk]]
    values = [[job.pk, look_again_at(job, read_at)] for job in still]
    statements.update_each(Job, ("id",), ("look_again_at",), values)


def look_again_at(job: Job, read_at: datetime) -> datetime:
    """Say when; after the first time soon, however long nobody had looked before."""
    is_first_time = job.look_again_at is None
    since = read_at if is_first_time else job.checked_at or job.recorded_at
    return read_at + wait_after(read_at - since)


def wait_after(time: timedelta) -> timedelta:
    return min(max(time, SHORTEST_WAIT), LONGEST_WAIT)
