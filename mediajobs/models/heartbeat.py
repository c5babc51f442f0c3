"""Signs of life that other processes leave for the pages to show."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from mediajobs.models.credential import Credential


class Heartbeat(models.Model):
    """The last time that something (`worker`, `remote`) was seen alive, and what it said."""

    WORKER = "worker"
    REMOTE = "remote"

    name = models.CharField(max_length=64, primary_key=True)
    beat_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def of_remote(cls, credential: Credential | None) -> str:
        """Name the remote as an app sees it."""
        return f"{cls.REMOTE}:{credential.pk}" if credential else cls.REMOTE

    def is_younger_than(self, seconds: int) -> bool:
        """Whether the last sign of life came within `seconds`, whoever's clock was ahead."""
        return abs(timezone.now() - self.beat_at) < timedelta(seconds=seconds)
