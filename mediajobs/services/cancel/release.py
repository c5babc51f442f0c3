"""Drafting and confirming in one go, for doors where nobody looks at the draft in between."""

from django.db import transaction
from django.db.models import QuerySet

from mediajobs.models import CancelBatch, Job
from mediajobs.models.forecast import Forecast, Prospect, forecast
from mediajobs.services.audit import Actor
from mediajobs.services.cancel.confirm import confirm
from mediajobs.services.cancel.draft import draft


@transaction.atomic
def release(
    jobs: QuerySet[Job],
    *,
    by: Actor,
    selection: str,
    category: str,
    reason: str,
    mails_requester: bool = False,
    inline: bool = False,
) -> CancelBatch:
    """Freeze the jobs and release them to the workers, both or neither.

    Raises ValidationError and PermissionDenied as `draft` and `confirm` do.
    """
    batch = draft(jobs, by=by, selection=selection)
    told = {"category": category, "reason": reason, "mails_requester": mails_requester}
    confirm(batch, by=by, **told, inline=inline)
    return batch


def foretell(
    jobs: QuerySet[Job], *, by: Actor, selection: str, category: str, reason: str
) -> Forecast:
    """Count what `release` would do, by doing it and undoing it: nothing stays behind.

    No job at all is no mistake here. Raises otherwise what `release` would.
    """
    if not jobs.exists():
        return Forecast(dict.fromkeys(Prospect, 0), oldest_check_at=None, never_checked_count=0)
    why = {"category": category, "reason": reason}
    with transaction.atomic():
        batch = release(jobs, by=by, selection=selection, inline=True, **why)
        found = forecast(batch)
        transaction.set_rollback(True)
    return found
