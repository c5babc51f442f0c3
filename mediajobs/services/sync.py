"""Keeping jobs as the remote tells them; the one place where a job's status changes."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from mediajobs.models import Credential, Heartbeat, Job, JobSource, JobStatus
from mediajobs.models.job import FINAL_STATUSES, MEDIA_PATH, REMOTE_ID
from mediajobs.remote import (
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
    rewrite(jobs)
    settle(jobs)
    return jobs


def rewrite(jobs: list[Job]) -> None:
    """Write what was read over the rows, which the caller has locked, in one statement.

    As an insert that meets every row: bulk_update builds a CASE for each value, and held the
    rows (on SQLite, the database) ten times as long.
    """
    Job.objects.bulk_create(jobs, update_conflicts=True, unique_fields=["id"], update_fields=STORED)


def client_of(credential: Credential | None) -> MediaClient:
    """Give the client of an app; None is the app of the settings."""
    return connect(credential.place if credential else "")


def apps() -> list[Credential | None]:
    """List the apps whose jobs the panel keeps."""
    return [None, *Credential.objects.all()]


@transaction.atomic
def adopt(
    reports: list[JobReport], *, read_at: datetime, credential: Credential | None = None
) -> int:
    """Store a page of an app's list, unknown jobs included; say how many were new."""
    reports = [
        report
        for report in reports
        if REMOTE_ID.fullmatch(report.job_id) and MEDIA_PATH.fullmatch(report.path)
    ]
    known = {job.remote_id for job in store(reports, read_at=read_at)}
    new = [new_job(report, read_at, credential) for report in reports if report.job_id not in known]
    Job.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


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


def discover(
    *,
    credential: Credential | None = None,
    status: str = "",
    submitted_after: datetime | None = None,
) -> Iterator[tuple[int, int]]:
    """Walk an app's list into the table; yield (jobs, new jobs) after each stored page.

    Raises MediaError when the remote cannot be read; pages stored by then stay.
    """
    read_at = timezone.now()
    pages = client_of(credential).job_pages(status=status, submitted_after=submitted_after)
    for page in pages:
        yield len(page), adopt(page, read_at=read_at, credential=credential)
        read_at = timezone.now()


def refresh(job: Job) -> str:
    """Read one job's status now; say in a sentence why it could not be read, or "".

    `job` holds the news afterwards.
    """
    problem = read(client_of(job.credential), job)
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
    remote fails, what was read by then is stored and returned; an app that cannot be read
    keeps nobody from the jobs of the others.
    """
    done: set[int] = set()
    by_app = defaultdict(list)
    for job in jobs:
        by_app[job.credential_id].append(job)
    credentials = Credential.objects.in_bulk([key for key in by_app if key])
    for key, members in by_app.items():
        refresh_of_app(credentials.get(key), members, done)
    return done


def refresh_of_app(credential: Credential | None, jobs: list[Job], done: set[int]) -> None:
    client, failure = client_of(credential), None
    for read in [read_from_list, read_one_by_one] if len(jobs) > FEW else [read_one_by_one]:
        try:
            read(client, [job for job in jobs if job.pk not in done], done)
        except MediaError as error:
            failure = error
    note_health(credential, failure)


def note_health(credential: Credential | None, failure: MediaError | None) -> None:
    """Note that an app can be read, or why not; our own pacing is no news of it."""
    if failure is None:
        pulse.beat(Heartbeat.of_remote(credential))
    elif isinstance(failure, EndpointMissing) or not isinstance(failure, (HeldBack, Rejected)):
        pulse.fail(Heartbeat.of_remote(credential), str(failure))


def read_from_list(client: MediaClient, jobs: list[Job], done: set[int]) -> None:
    """Read those jobs from the list whose submission times are known, by the pages between.

    Adds the keys of those found to `done`. Stops when all are found, or when status calls
    would have been as cheap.
    """
    wanted = {job.remote_id: job.pk for job in jobs if job.submitted_at}
    if not wanted:
        return
    times = [job.submitted_at for job in jobs if job.submitted_at]
    pages = client.job_pages(submitted_after=min(times), submitted_before=max(times))
    read_at = timezone.now()
    for page in islice(pages, max(1, len(jobs) // 4)):
        reports = {report.job_id: report for report in page if report.job_id in wanted}
        store(reports.values(), read_at=read_at)
        done |= {wanted.pop(job_id) for job_id in reports}
        if not wanted:
            return
        read_at = timezone.now()


def read_one_by_one(client: MediaClient, jobs: list[Job], done: set[int]) -> None:
    """Read each job by a status call, a few at a time; the rows are written by this thread.

    Adds the keys of those read to `done`; raises the last MediaError when all were tried.
    """
    failure = None
    with ThreadPoolExecutor(READERS) as pool:
        answers = pool.map(lambda job: (job, timezone.now(), look(client, job)), jobs)
        for job, read_at, report in answers:
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
    """Bring every active job of every app up to date; return how many were read one by one.

    Two sweeps of the list, then the ones that left it. Where an app cannot be read, that is
    noted for the pages to show; what was read by then is stored.
    """
    return sum(refresh_active_of(app, stale_seconds, most) for app in apps())


def refresh_active_of(credential: Credential | None, stale_seconds: int, most: int) -> int:
    active = Job.objects.active().of_app(credential)
    if not active.exists():
        return 0
    started_at = timezone.now()
    try:
        for status in ("Pending", "Running"):
            for _ in discover(credential=credential, status=status):
                pass
    except MediaError as error:
        logger.warning("the active jobs could not be read: %s", error)
        note_health(credential, error)
        return 0
    note_health(credential, None)
    left = active.filter(missing_at__isnull=True).exclude(checked_at__gte=started_at)
    gone = list(left.stale(seconds=stale_seconds).order_by("checked_at")[:most])
    return len(refresh_many(gone)) if gone else 0
