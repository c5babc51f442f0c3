"""Keeping jobs as the remote tells them; the one place where a job's status changes."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from mediajobs.models import Heartbeat, Job, JobSource, JobStatus
from mediajobs.models.job import FINAL_STATUSES, MEDIA_PATH, REMOTE_ID
from mediajobs.remote import (
    CredentialsRefused,
    EndpointMissing,
    HeldBack,
    JobNotFound,
    JobReport,
    MediaClient,
    MediaError,
    Rejected,
    connect,
)
from mediajobs.services import pulse
from mediajobs.services.settle import settle

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
STORED = ("path", "status", "reported_status", "dated_at", "checked_at", "missing_at", *FACTS)

#: Up to so many jobs are read by a call each; more are read from the list, 100 a call.
FEW = 10
PAGE = 100
READERS = 8


def apply_report(job: Job, report: JobReport, *, read_at: datetime) -> None:
    """Take the remote's news into `job`, in memory.

    The newest news wins, told apart by when it was asked for (`read_at`); a final status is
    true whenever it was read and never goes back. Words that we do not know are kept as
    they came and count as unknown (contract section 10).
    """
    status = STATUSES.get(report.status, JobStatus.UNKNOWN)
    is_older = job.checked_at is not None and read_at < job.checked_at
    if is_older and (job.is_final or status not in FINAL_STATUSES):
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
    job.missing_at = None


@transaction.atomic
def store(reports: Iterable[JobReport], *, read_at: datetime) -> list[Job]:
    """Store news of the jobs that the panel knows; settle the cancels of those that ended."""
    by_id = {report.job_id: report for report in reports}
    jobs = list(
        Job.objects.filter(remote_id__in=by_id).order_by("pk").select_for_update(no_key=True)
    )
    for job in jobs:
        apply_report(job, by_id[job.remote_id], read_at=read_at)
    Job.objects.bulk_update(jobs, STORED)
    settle(jobs)
    return jobs


@transaction.atomic
def adopt(reports: list[JobReport], *, read_at: datetime) -> int:
    """Store a page of the remote's list, unknown jobs included; say how many were new."""
    reports = [
        report
        for report in reports
        if REMOTE_ID.fullmatch(report.job_id) and MEDIA_PATH.fullmatch(report.path)
    ]
    known = {job.remote_id for job in store(reports, read_at=read_at)}
    new = [new_job(report, read_at) for report in reports if report.job_id not in known]
    Job.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def new_job(report: JobReport, read_at: datetime) -> Job:
    job = Job(
        remote_id=report.job_id, path=report.path, source=JobSource.REMOTE, recorded_at=read_at
    )
    apply_report(job, report, read_at=read_at)
    return job


def discover(
    *, status: str = "", submitted_after: datetime | None = None
) -> Iterator[tuple[int, int]]:
    """Walk the remote's list into the table; yield (jobs, new jobs) after each stored page.

    Raises MediaError when the remote cannot be read; pages stored by then stay.
    """
    read_at = timezone.now()
    for page in connect().job_pages(status=status, submitted_after=submitted_after):
        yield len(page), adopt(page, read_at=read_at)
        read_at = timezone.now()


def refresh(job: Job) -> str:
    """Read one job's status now; say in a sentence why it could not be read, or "".

    `job` holds the news afterwards.
    """
    problem = read(connect(), job)
    try:
        job.refresh_from_db()
    except Job.DoesNotExist:
        return "This job was deleted from the panel meanwhile."
    return problem


def read(client: MediaClient, job: Job) -> str:
    """Read one job and store the news; say why that was not possible, or ""."""
    read_at = timezone.now()
    try:
        report = client.status(job.path, job.remote_id)
    except JobNotFound as error:
        mark_missing([job.pk], read_at)
        return f"{error} Its API path here is {job.path}; a sync corrects a wrong one."
    except MediaError as error:
        return str(error)
    store([report], read_at=read_at)
    return ""


def mark_missing(job_ids: list[int], read_at: datetime) -> None:
    """Note that the remote knows no such jobs, unless newer news say that it does.

    Their last known status stays.
    """
    jobs = Job.objects.filter(pk__in=job_ids).exclude(checked_at__gt=read_at)
    jobs.update(missing_at=read_at, checked_at=read_at)


def refresh_many(jobs: list[Job]) -> set[int]:
    """Read jobs by whichever way needs fewer calls; return the keys of those that were read.

    A job that the remote does not know counts as read and is marked missing. When the
    remote fails, what was read by then is stored and returned.
    """
    done: set[int] = set()
    failure = None
    for read in [read_from_list, read_one_by_one] if len(jobs) > FEW else [read_one_by_one]:
        try:
            read([job for job in jobs if job.pk not in done], done)
        except MediaError as error:
            failure = error
    if failure:
        note_failure(failure)
    else:
        pulse.beat(Heartbeat.REMOTE)
    return done


def note_failure(error: MediaError) -> None:
    """Note that the remote fails, unless the error is our own pacing or about one job."""
    if isinstance(error, EndpointMissing) or not isinstance(error, (HeldBack, Rejected)):
        pulse.fail(Heartbeat.REMOTE, str(error))


def read_from_list(jobs: list[Job], done: set[int]) -> None:
    """Read those jobs from the list whose submission times are known, by the pages between.

    Adds the keys of those found to `done`. Stops when all are found, or when status calls
    would have been as cheap.
    """
    wanted = {job.remote_id: job.pk for job in jobs if job.submitted_at}
    if not wanted:
        return
    times = [job.submitted_at for job in jobs if job.submitted_at]
    pages = connect().job_pages(submitted_after=min(times), submitted_before=max(times))
    read_at = timezone.now()
    for page in islice(pages, max(1, len(jobs) // 4)):
        reports = {report.job_id: report for report in page if report.job_id in wanted}
        store(reports.values(), read_at=read_at)
        done |= {wanted.pop(job_id) for job_id in reports}
        if not wanted:
            return
        read_at = timezone.now()


def read_one_by_one(jobs: list[Job], done: set[int]) -> None:
    """Read each job by a status call, a few at a time; the rows are written by this thread.

    Adds the keys of those read to `done`; raises the last MediaError when all were tried.
    """
    client, failure = connect(), None
    refused: list[CredentialsRefused] = []

    def ask(job: Job) -> tuple[Job, datetime, JobReport | MediaError]:
        """Once the credentials are refused there is no use in asking on."""
        read_at = timezone.now()
        report = refused[0] if refused else look(client, job)
        if isinstance(report, CredentialsRefused):
            refused.append(report)
        return job, read_at, report

    with ThreadPoolExecutor(READERS) as pool:
        for job, read_at, report in pool.map(ask, jobs):
            if isinstance(report, JobReport):
                store([report], read_at=read_at)
            elif isinstance(report, JobNotFound):
                mark_missing([job.pk], read_at)
            else:
                failure = report
                continue
            done.add(job.pk)
    if failure:
        raise failure


def look(client: MediaClient, job: Job) -> JobReport | MediaError:
    """Ask the remote for one job; touches no table, so that any thread may do it."""
    try:
        return client.status(job.path, job.remote_id)
    except MediaError as error:
        return error


def refresh_active(*, stale_seconds: int = 5, most: int = 200) -> int:
    """Bring every active job up to date: two sweeps of the list, then the ones that left it.

    Returns how many jobs were read one by one. Raises MediaError when the remote cannot be
    read; what was read by then is stored.
    """
    if not Job.objects.active().exists():
        return 0
    started_at = timezone.now()
    for status in ("Pending", "Running"):
        for _ in discover(status=status):
            pass
    left = Job.objects.active().filter(missing_at__isnull=True).exclude(checked_at__gte=started_at)
    gone = list(left.stale(seconds=stale_seconds).order_by("checked_at")[:most])
    return len(refresh_many(gone))
