"""Which jobs a request means, and the words for it that the record keeps."""

from django.db.models import OuterRef, QuerySet, Subquery

from mediajobs.api.asked import Choice
from mediajobs.api.mistakes import pointer
from mediajobs.api.problems import Problem
from mediajobs.models import ApiClient, CancelAttempt, Credential, Job
from mediajobs.models.credential import OF_SETTINGS
from mediajobs.models.job import ACTIVE_STATUSES, FINAL_STATUSES

ACTIVE = "active"
SETS = {ACTIVE: ACTIVE_STATUSES, "final": FINAL_STATUSES}


def told_jobs(client: ApiClient) -> QuerySet[Job]:
    """The jobs that a client sees, with what is told of each besides its own facts."""
    newest = CancelAttempt.objects.released().filter(job=OuterRef("pk")).order_by("-pk")
    return (
        client.visible(Job.objects.all())
        .select_related("credential")
        .annotate(
            cancel_batch=Subquery(newest.values("batch")[:1]),
            cancel_state=Subquery(newest.values("state")[:1]),
        )
    )


def matching(jobs: QuerySet[Job], choice: Choice) -> QuerySet[Job]:
    """Keep the jobs that are all of what is given; raise Problem for an app that is none."""
    given = choice.given
    lookups = {
        "status": ("status__in", lambda status: SETS.get(status, (status,))),
        "path": ("path", str),
        "app": ("credential", app_named),
        "submitted_after": ("dated_at__gte", lambda moment: moment),
        "submitted_before": ("dated_at__lt", lambda moment: moment),
    }
    wanted = {
        lookup: read(given[name]) for name, (lookup, read) in lookups.items() if name in given
    }
    jobs = jobs.filter(**wanted)
    if "owner" in given:
        jobs = jobs.of_owner(given["owner"])
    return jobs


def app_named(name: str) -> Credential | None:
    credential = Credential.objects.filter(name=name).first()
    if credential is None and name != OF_SETTINGS:
        raise Problem(422, f"There is no app “{name[:80]}”; that of the settings is “settings”.")
    return credential


def to_cancel(client: ApiClient, choice: Choice) -> tuple[QuerySet[Job], str]:
    """Find the jobs that a filter means, which are active ones unless it says a status."""
    choice = choice.model_copy(update={"status": choice.status or ACTIVE})
    words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in choice.given.items())
    return matching(client.visible(Job.objects.all()), choice), f"All jobs with {words}"


def by_ids(client: ApiClient, ids: list[str]) -> tuple[QuerySet[Job], list[str]]:
    """Find the jobs of these ids; and the ids of which the client sees no job."""
    rows = client.visible(Job.objects.filter(remote_id__in=ids))
    keys = dict(rows.values_list("remote_id", "pk"))
    unknown = [each for each in dict.fromkeys(ids) if each not in keys]
    return Job.objects.filter(pk__in=keys.values()), unknown


def refuse_unknown(ids: list[str], unknown: list[str]) -> None:
    """Raise Problem where an id names no job, with the place of each."""
    if not unknown:
        return
    detail = "The panel knows no such job. Record it first: POST /api/jobs."
    missing = set(unknown)
    errors = [
        {"pointer": pointer("ids", place), "index": place, "detail": detail}
        for place, each in enumerate(ids)
        if each in missing
    ]
    raise Problem(422, f"{len(unknown):,} of the ids name no job. Nothing was requested.", errors)
