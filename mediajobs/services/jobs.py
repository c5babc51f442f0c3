"""What people change about a job in the panel: what they say of it, and whether it is kept."""

from django.core.exceptions import ValidationError
from django.db import transaction

from mediajobs.models import AuditKind, BatchState, Job
from mediajobs.services.audit import Actor, record

EDITABLE = ("label", "owner", "link", "note")


@transaction.atomic
def edit(job: Job, *, by: Actor, **said: str) -> bool:
    """Store what is said, of EDITABLE, old and new on record; say whether anything changed."""
    stored = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    changed = {
        name: said[name]
        for name in EDITABLE
        if name in said and said[name] != getattr(stored, name)
    }
    if not changed:
        return False
    detail = change_words(stored, changed)
    for name, value in changed.items():
        setattr(job, name, value)
    job.save(update_fields=changed)
    record(AuditKind.JOB_EDITED, by, job_id=job.remote_id, detail=detail)
    return True


def change_words(job: Job, changed: dict[str, str]) -> str:
    """Write old and new: "label: “” → “Evening news”"."""
    return "; ".join(
        f"{name}: “{getattr(job, name)}” → “{value}”" for name, value in changed.items()
    )


@transaction.atomic
def delete(job: Job, *, by: Actor) -> None:
    """Forget a job here; the remote is not told. What the trail says of it stays.

    Raises ValidationError while a cancellation still works on it.
    """
    asked = job.attempts.open().exclude(batch__state=BatchState.DRAFT).first()
    if asked:
        raise ValidationError(
            f"Cancellation {asked.batch_id} still works on this job. "
            "Delete it when that has ended, or abort the cancellation first."
        )
    detail = f"{job.path}, last known as {job.status_words}, label “{job.label}”"
    job.delete()
    record(AuditKind.JOB_DELETED, by, job_id=job.remote_id, detail=detail)
