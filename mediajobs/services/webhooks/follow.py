"""Following deliveries: the jobs they name are read again; what they say is not looked at."""

from collections import defaultdict
from datetime import datetime, timedelta
from threading import Event

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mediajobs.models import DeliveryState, Job, WebhookDelivery
from mediajobs.models.delivery import LEASE, WebhookDeliveryQuerySet
from mediajobs.services import sync

#: What one turn takes of an app's deliveries, and how many jobs it reads for them at most.
MOST_DELIVERIES = 1000
MOST_JOBS = 200
#: A job that was read is not read again within this time, however often it is named.
REST = timedelta(seconds=3)
#: So long, and so many, deliveries are kept.
KEPT = timedelta(days=7)
MOST_KEPT = 1_000_000
SLICE = 5000


def apps_to_follow() -> list[str]:
    """Name the apps whose deliveries wait, as these name them."""
    return list(WebhookDelivery.objects.due().order_by().values_list("app", flat=True).distinct())


def follow(app: str, *, stop: Event | None = None) -> None:
    """Read the jobs that an app's deliveries name, each once; mark what became of each delivery.

    A job that ended needs no call. One that cannot be read, or not before `stop`, is left to the
    sweep, which tries again in seconds: a delivery never causes more than one attempt.
    """
    by_job = take(app)
    jobs = Job.objects.in_bulk(by_job, field_name="remote_id")
    end(by_job, by_job.keys() - jobs.keys(), DeliveryState.UNKNOWN)
    wanted = [job for job in jobs.values() if not job.is_all_told]
    end(by_job, jobs.keys() - ids_of(wanted), DeliveryState.HANDLED)
    read(by_job, rested(by_job, wanted), stop or Event())


def rested(by_job: dict[str, list[int]], jobs: list[Job]) -> list[Job]:
    """Give those that may be read now; the deliveries about the others wait on."""
    now = timezone.now()
    ready = [job for job in jobs if job.checked_at is None or job.checked_at <= now - REST]
    put_off(by_job, ids_of(jobs) - ids_of(ready), now + REST)
    put_off(by_job, ids_of(ready[MOST_JOBS:]), now)
    return ready[:MOST_JOBS]


def read(by_job: dict[str, list[int]], jobs: list[Job], stop: Event) -> None:
    done = sync.refresh_many(jobs, stop=stop)
    found = ids_of([job for job in jobs if job.pk in done])
    end(by_job, found, DeliveryState.HANDLED)
    end(by_job, ids_of(jobs) - found, DeliveryState.LEFT)


@transaction.atomic
def take(app: str) -> dict[str, list[int]]:
    """Take the oldest due deliveries of an app in hand; return their keys by job."""
    due = WebhookDelivery.objects.due().filter(app=app).order_by("due_at", "pk")
    rows = due.select_for_update(skip_locked=True)[:MOST_DELIVERIES]
    by_job = defaultdict(list)
    for key, job_id in rows.values_list("pk", "job_id"):
        by_job[job_id].append(key)
    put_off(by_job, set(by_job), timezone.now() + LEASE)
    return dict(by_job)


def ids_of(jobs: list[Job]) -> set[str]:
    return {job.remote_id for job in jobs}


def deliveries_about(by_job: dict[str, list[int]], job_ids: set[str]) -> WebhookDeliveryQuerySet:
    keys = [key for job_id in job_ids for key in by_job[job_id]]
    return WebhookDelivery.objects.filter(pk__in=keys)


def end(by_job: dict[str, list[int]], job_ids: set[str], state: DeliveryState) -> None:
    if job_ids:
        deliveries_about(by_job, job_ids).end(state)


def put_off(by_job: dict[str, list[int]], job_ids: set[str], until: datetime) -> None:
    if job_ids:
        deliveries_about(by_job, job_ids).waiting().update(due_at=until)


def drop_old() -> None:
    """Throw away the deliveries of more than a week ago, and the oldest of too many.

    Of too many those stay that wait to be followed.
    """
    newest = WebhookDelivery.objects.aggregate(key=Max("pk"))["key"] or 0
    limit, last = timezone.now() - KEPT, 0
    while True:
        oldest = WebhookDelivery.objects.filter(pk__gt=last).order_by("pk")[:SLICE]
        rows = list(oldest.values_list("pk", "received_at", "state"))
        too_many = [row for row in rows if row[1] < limit or row[0] <= newest - MOST_KEPT]
        old = [key for key, at, state in too_many if at < limit or state != DeliveryState.RECEIVED]
        WebhookDelivery.objects.filter(pk__in=old).delete()
        if len(too_many) < SLICE:
            return
        last = rows[-1][0]
