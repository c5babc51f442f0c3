"""Signs of life of the workers and of the remote, for the pages to show."""

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from mediajobs.models import Heartbeat


def beat(name: str, detail: str = "") -> None:
    """Note that `name` is alive and well."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(
        name=name, defaults={"beat_at": now, "failing_since": None, "detail": detail[:300]}
    )


def fail(name: str, detail: str) -> None:
    """Note that `name` fails and since when; its last good beat stays."""
    now = timezone.now()
    failing = {"failing_since": Coalesce(F("failing_since"), now), "detail": detail[:300]}
    if not Heartbeat.objects.filter(name=name).update(**failing):
        Heartbeat.objects.get_or_create(
            name=name, defaults={"beat_at": now, "failing_since": now, "detail": detail[:300]}
        )
