"""What people change about a job in the panel: its label, its note, and whether it is kept."""

from django.core.exceptions import ValidationError
from django.db import transaction

from mediajobs.models import AuditKind, BatchState, Job
from mediajobs.services.audit import Actor, record

EDITABLE = ("label", "note")


@transaction.atomic
def edit(job: Job, *, label: str, note: str, by: Actor) -> bool:
    """Store label and note, old and new on record; say whether anything was changed."""
    stored = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    old = {name: getattr(stored, name) for name in EDITABLE}
    job.label, job.note = label, note
    changes = [
        f"{name}: “{old[name]}” → “{getattr(job, name)}”"
        for name in EDITABLE
        if old[name] != getattr(job, name)
    ]
    if not changes:
        return False
    job.save(update_fields=EDITABLE)
    record(AuditKind.JOB_EDITED, by, job_id=job.remote_id, detail="; ".join(changes))
    return True


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
