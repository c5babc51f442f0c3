"""Steps that the tests of cancelling take."""

from datetime import timedelta

from django.utils import timezone

from mediajobs.models import AuditEvent
from mediajobs.services import cancel
from mediajobs.services.cancel import outcome


def run(batch):
    """Run a batch until nothing is due; say whether something still is."""
    return cancel.run(batch, seconds=5, worker="test")


def write(batch, outcomes):
    """Write what was answered and act on it, as a worker does."""
    outcome.write(outcomes)
    outcome.heed(batch, outcomes)


def only(batch):
    """The one attempt of a batch, as stored."""
    return batch.attempts.get()


def an_hour_later(batch):
    """Let an hour pass for a batch: every moment it waits for has come."""
    hour = timedelta(hours=1)
    batch.refresh_from_db()
    for attempt in batch.attempts.all():
        for name in ("sent_at", "requested_at", "verify_at", "not_before", "lease_expires_at"):
            if getattr(attempt, name):
                setattr(attempt, name, getattr(attempt, name) - hour)
        attempt.save()
    for name in ("worked_at", "resumes_at"):
        if getattr(batch, name):
            setattr(batch, name, timezone.now() - hour)
    batch.save()


def kinds(attempt):
    """What the trail says of an attempt, oldest first."""
    return [
        event.kind
        for event in reversed(AuditEvent.objects.filter(attempt_id=attempt.pk).order_by("-id"))
    ]
