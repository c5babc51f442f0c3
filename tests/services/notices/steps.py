"""Steps that the tests of notices take."""

import threading

from django.utils import timezone

from mediajobs.models import AuditEvent, Notice
from mediajobs.services import notices


def send(stop=None):
    return notices.send_due(seconds=5, stop=stop or threading.Event())


def one(kind):
    return Notice.objects.get(kind=kind)


def only(kind, **facts):
    """Keep the notice of one kind alone."""
    Notice.objects.exclude(kind=kind).delete()
    Notice.objects.update(**facts)
    return Notice.objects.get()


def time_passes():
    Notice.objects.update(next_try_at=timezone.now())


def kinds(batch):
    events = AuditEvent.objects.filter(batch_id=batch.pk, kind__startswith="notice.")
    return sorted(events.values_list("kind", flat=True))
