"""Taking in jobs that a pipeline names, with what it says of those that are known."""

from django.core.exceptions import ValidationError
from django.db import transaction

from mediajobs.models import Credential, Job, JobSource, statements
from mediajobs.services.apps import why_unread
from mediajobs.services.audit import Actor
from mediajobs.services.intake.rows import Row, given
from mediajobs.services.intake.store import record_intake
from mediajobs.services.intake.words import Taken, compare, fill

ORIGIN = "the API"


@transaction.atomic
def take(rows: list[Row], *, by: Actor, credential: Credential | None = None) -> list[Taken]:
    """Store the new jobs of the rows, and fill in what nobody said of the known ones so far.

    All or none. What stands there already stays, whoever wrote it: a row that says otherwise
    is told so (`kept`). Each id comes once. A known job keeps its app; with a `credential`
    those of other apps raise ValidationError, by the number of the row, as `line` has it; so do
    new ones that nobody would read.
    """
    new, known = store_new(rows, by, credential)
    check_app(rows, known, credential)
    if new and (why := why_unread(credential)):
        raise ValidationError({row.line: why for row in rows if row.remote_id in new})
    taken = [
        Taken(row.remote_id, is_new=True)
        if row.remote_id in new
        else compare(row, known[row.remote_id])
        for row in rows
    ]
    fill(rows, taken, known, by)
    named = next(iter(new)) if len(new) == 1 else ""
    record_intake(len(new), len(known), origin=ORIGIN, by=by, job_id=named)
    return taken


def store_new(
    rows: list[Row], by: Actor, credential: Credential | None
) -> tuple[set[str], dict[str, Job]]:
    """Insert the jobs that are not here; return the ids of these, and the others, held."""
    new: set[str] = set()
    known: dict[str, Job] = {}
    about = {"source": JobSource.API, "recorded_by": by.name, "credential": credential}
    # In the order of ids, so that no two who meet wait for each other.
    rest = sorted(rows, key=lambda row: row.remote_id)
    while rest:  # again for a job that was deleted between the two statements
        jobs = [Job(**given(row), **about) for row in rest]
        new |= statements.insert_unless_known(jobs, by="remote_id")
        ids = [row.remote_id for row in rest if row.remote_id not in new]
        held = Job.objects.filter(remote_id__in=ids).order_by("pk")
        known |= {job.remote_id: job for job in held.select_for_update(no_key=True)}
        rest = [row for row in rest if row.remote_id not in new and row.remote_id not in known]
    return new, known


def check_app(rows: list[Row], known: dict[str, Job], credential: Credential | None) -> None:
    if credential is None:
        return
    sentence = f"This job is here as one of another app than {credential}, to which you are bound."
    foreign = {
        row.line: sentence
        for row in rows
        if row.remote_id in known and known[row.remote_id].credential_id != credential.pk
    }
    if foreign:
        raise ValidationError(foreign)
