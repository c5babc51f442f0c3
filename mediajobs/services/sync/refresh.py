"""Reading jobs that the panel knows, by whichever way takes fewer calls."""

import logging
import random
from array import array
from bisect import bisect_left
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import chain, islice
from threading import Event

from django.utils import timezone

from mediajobs.models import Credential, Job
from mediajobs.models.job import JobQuerySet
from mediajobs.remote import (
    CredentialsRefused,
    JobNotFound,
    JobReport,
    MediaClient,
    MediaError,
    Rejected,
    RemoteFailing,
    Unclear,
    Unreadable,
)
from mediajobs.services.apps import client_of
from mediajobs.services.sync.discover import NEVER, walk
from mediajobs.services.sync.health import note_health
from mediajobs.services.sync.looks import Looks, Stop, TimeIsOver
from mediajobs.services.sync.report import mark_missing, set_aside, store

logger = logging.getLogger(__name__)

#: Up to so many jobs are read by a call each; more are read from the list, 100 a call.
FEW = 10
READERS = 8
#: Thousands of jobs may end together; so many are looked up after a sweep, a slice at a time, and
#: no call for it, nor as long again for the times of those that ended, begins later than this: the
#: next sweep waits.
MOST_KNOWN = 20_000
SLICE = 500
LOOK_SECONDS = 10.0
#: What a remote that answers may say of one job, or of its path here, and to this app.
ABOUT_THE_JOB = (Rejected, Unreadable, CredentialsRefused, Unclear)
#: What says nothing of an app that can be read otherwise.
NO_NEWS = (RemoteFailing, Rejected)


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


def refresh_many(jobs: list[Job], *, stop: Stop = NEVER) -> set[int]:
    """Read jobs by whichever way needs fewer calls; return the keys of those read until `stop`.

    A job that the remote does not know counts as read and is marked missing. When the
    remote fails, what was read by then is stored and returned; an app that cannot be read
    keeps nobody from the jobs of the others.
    """
    done: set[int] = set()
    by_app = defaultdict(list)
    for job in jobs:
        by_app[job.credential_id].append(job)
    credentials = Credential.objects.in_bulk([key for key in by_app if key])
    # In another order each time: where the time is over, others were looked at the last time.
    for key in random.sample(list(by_app), len(by_app)):
        credential, members = credentials.get(key), by_app[key]
        looked_at = refresh_of_app(credential, members, done, stop=stop)
        add_times(credential, looked_at, stop)
    return done


def refresh_of_app(
    credential: Credential | None,
    jobs: list[Job],
    done: set[int],
    *,
    is_read: bool = False,
    stop: Stop = NEVER,
) -> set[int]:
    """Read jobs of one app until `stop`, adding the keys of those that were read to `done`; return
    those that a status call told of.

    Where the app can be read otherwise (`is_read`: as its list was just now), a job that cannot
    is set aside, and nothing is wrong with the app.
    """
    client, failure, unread = client_of(credential), None, []
    from_list = partial(read_from_list, stop=stop)
    one_by_one = partial(read_one_by_one, unread=unread, stop=stop)
    for read in [from_list, one_by_one] if len(jobs) > FEW else [one_by_one]:
        found: set[int] = set()
        try:
            read(client, [job for job in jobs if job.pk not in done], found)
        except MediaError as error:
            failure = error
        done |= found
        is_read |= bool(found)
    unclear = [error for _, error in unread if isinstance(error, Unclear)]
    if is_read:
        set_aside([job for job, _ in unread], timezone.now())
    elif unclear:
        failure = unclear[-1]
    is_news = not (is_read and isinstance(failure, NO_NEWS))
    if is_news and (is_read or failure):
        note_health(credential, failure)
    return found


def add_times(credential: Credential | None, keys: set[int], stop: Stop) -> None:
    """Read from the list when jobs ended that a status call, which tells no times, found ended.

    One call a job, until one fails; the times of the rest are left out, since all but them is
    stored.
    """
    ended = Job.objects.final().filter(pk__in=keys)
    try:
        for job in ended.filter(completed_at=None, submitted_at__isnull=False):
            read_from_list(client_of(credential), [job], set(), stop)
    except MediaError as error:
        logger.info("no times for jobs that ended: %s", error)


def read_from_list(client: MediaClient, jobs: list[Job], done: set[int], stop: Stop) -> None:
    """Read those jobs from the list whose submission times are known, by the pages between.

    Adds the keys of those found to `done`. Ends when all are found, when status calls would
    have been as cheap, or at `stop`.
    """
    wanted = {job.remote_id: job.pk for job in jobs if job.submitted_at}
    if not wanted or stop.is_set():
        return
    times = [job.submitted_at for job in jobs if job.submitted_at]
    pages = client.job_pages(submitted_after=min(times), submitted_before=max(times))
    read_at = timezone.now()
    for page in islice(pages, max(1, len(jobs) // 4)):
        reports = {report.job_id: report for report in page if report.job_id in wanted}
        store(reports.values(), read_at=read_at)
        done |= {wanted.pop(job_id) for job_id in reports}
        if not wanted or stop.is_set():
            return
        read_at = timezone.now()


def read_one_by_one(
    client: MediaClient,
    jobs: list[Job],
    done: set[int],
    unread: list[tuple[Job, MediaError]],
    stop: Stop,
) -> None:
    """Read each job by a status call until `stop`, a few at a time; this thread writes the rows.

    Adds the keys of those read to `done`, and to `unread` those whose own look failed, with the
    error; raises the last other MediaError when all were tried. It is another order each time:
    where it ends early, for others than the last time.
    """
    failure = None
    with ThreadPoolExecutor(READERS) as pool:
        looks = Looks(client, stop)
        for job, read_at, report in pool.map(looks.ask, random.sample(jobs, len(jobs))):
            if is_news(job, report, read_at):
                done.add(job.pk)
            elif isinstance(report, ABOUT_THE_JOB):
                unread.append((job, report))
            elif report:
                failure = report
    if failure:
        raise failure


def is_news(job: Job, report: JobReport | MediaError | None, read_at: datetime) -> bool:
    """Store what the remote has said of a job; False where it has said nothing of it."""
    if isinstance(report, JobReport):
        store([report], read_at=read_at)
    elif isinstance(report, JobNotFound):
        mark_missing([job.pk], read_at)
    else:
        return False
    return True


def refresh_active(
    credential: Credential | None = None,
    *,
    stale_seconds: int = 5,
    most: int = 200,
    stop: Event = NEVER,
) -> int:
    """Bring every active job of an app up to date until `stop`; return how many were looked up.

    Two sweeps of the list, then the ones that left it; of ids that were never read, which may
    be any number, and wrong, so many at a time. Where the app cannot be read, that is noted
    for the pages to show; what was read by then is stored.
    """
    try:
        seen = sweep(credential, stop)
    except MediaError as error:
        logger.warning("the active jobs could not be read: %s", error)
        note_health(credential, error)
        return 0
    note_health(credential, None)
    if stop.is_set():
        return 0
    stale = Job.objects.of_app(credential).stale(seconds=stale_seconds)
    known = not_among(seen, stale.exclude(checked_at=None), MOST_KNOWN)
    never_read = not_among(seen, stale.filter(checked_at=None), most)
    return sum(look_up(credential, keys, stop) for keys in (known, never_read))


def look_up(credential: Credential | None, keys: list[int], stop: Event) -> int:
    """Read jobs, slice by slice, as long as the sweeps may wait for it; return how many."""
    done: set[int] = set()
    looked_at: set[int] = set()
    time_is_over = TimeIsOver(stop, LOOK_SECONDS)
    for start in range(0, len(keys), SLICE):
        if time_is_over.is_set():
            break
        jobs = Job.objects.of_app(credential).filter(pk__in=keys[start : start + SLICE])
        looked_at |= refresh_of_app(credential, list(jobs), done, is_read=True, stop=time_is_over)
    add_times(credential, looked_at, TimeIsOver(stop, LOOK_SECONDS))
    return len(done)


def not_among(seen: array, jobs: JobQuerySet, most: int) -> list[int]:
    """Return the keys of those that a sweep did not see, of the longest unread so many."""
    rows = jobs.order_by("checked_at", "pk").values_list("pk", "remote_id").iterator()
    return list(islice((key for key, remote_id in rows if not is_among(seen, remote_id)), most))


def is_among(seen: array, remote_id: str) -> bool:
    mark = hash(remote_id)
    place = bisect_left(seen, mark)
    return place < len(seen) and seen[place] == mark


def sweep(credential: Credential | None, stop: Event) -> array:
    """Read the jobs that wait or run into the table; return the hashes of their ids, sorted.

    At `stop` it ends after the page in hand, and those that it did not come to are missing. The
    ids of 200,000 jobs would take 30 MB, and these eight bytes each.
    """
    seen = []
    for page, _ in chain.from_iterable(
        walk(credential, status=status) for status in ("Pending", "Running")
    ):
        seen.append(array("q", sorted(hash(report.job_id) for report in page)))
        if stop.is_set():
            break
    return array("q", merge(*seen))
