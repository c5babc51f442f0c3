"""How far the list of an app has been read."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from mediajobs.models.credential import OF_SETTINGS, Credential


class DiscoveryQuerySet(models.QuerySet["Discovery"]):
    def of_app(self, credential: Credential | None) -> Self:
        """Keep that of an app; None: the app of the settings."""
        return self.filter(app=Discovery.key_of(credential))

    def idle(self, *, lease: timedelta) -> Self:
        """Keep those that nobody works on, or whose worker fell silent or had a wrong clock."""
        now = timezone.now()
        # Twice as long, since whoever had the row first may have begun after this moment.
        held = Q(lease_expires_at__gte=now, lease_expires_at__lte=now + 2 * lease)
        return self.exclude(held)


class Discovery(models.Model):
    """The newest walk through an app's list, and the moment up to which all is known."""

    app = models.CharField(max_length=32, primary_key=True)
    app_behind = models.CharField(
        max_length=16,
        blank=True,
        help_text="A hash of what tells the app from others; empty: not known.",
    )
    newest_at = models.DateTimeField(
        null=True,
        help_text=(
            "Jobs submitted (by the remote's clock) until then are all known, but for those "
            "between `since` and `reached_at`."
        ),
    )
    lease_expires_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When a walk last came to its end.")
    since = models.DateTimeField(null=True, help_text="How far back the newest walk goes.")
    reached_at = models.DateTimeField(
        null=True, help_text="How far back it has come by now; empty when it has come to its end."
    )
    job_count = models.PositiveIntegerField(default=0)
    new_count = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Discovery of {self.app}"

    @staticmethod
    def key_of(credential: Credential | None) -> str:
        return str(credential.pk) if credential else OF_SETTINGS

    @property
    def is_at_work(self) -> bool:
        return self.lease_expires_at is not None and self.lease_expires_at > timezone.now()

    @property
    def percent(self) -> int:
        """How much of its time the walk has gone back through, 0 to 100."""
        if not (self.begun_at and self.since and self.reached_at):
            return 0
        whole = self.begun_at - self.since
        done = self.begun_at - self.reached_at
        return round(100 * min(1.0, max(0.0, done / whole))) if whole > timedelta(0) else 100

    def move(self, **fields: object) -> bool:
        """Write what the walk that began at `begun_at` has done; False if it is not the newest."""
        mine = Discovery.objects.filter(pk=self.pk, begun_at=self.begun_at)
        for name, value in fields.items():
            setattr(self, name, value)
        return bool(mine.update(**fields))
