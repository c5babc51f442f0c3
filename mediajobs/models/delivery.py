"""What came in at the webhook, all of it: a hint to read a job again, and no more than that."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from mediajobs.models.job import AHEAD

#: Who died while following is followed by another after so long: more than it takes to read the
#: jobs of one turn by a call each, a few at a time, each as slow as a call may be.
LEASE = timedelta(minutes=15)


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    RECEIVED = "received", "Waits to be followed"
    HANDLED = "handled", "Followed: the job is up to date"
    LEFT = "left", "Left to the sweep: the job could not be read"
    UNKNOWN = "unknown", "Names no job of the panel"
    UNREADABLE = "unreadable", "Cannot be read"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def waiting(self) -> Self:
        """Keep those that nobody has followed yet."""
        return self.filter(state=DeliveryState.RECEIVED)

    def due(self) -> Self:
        """Keep those that wait, and that nobody is following just now, by a clock that is right."""
        now = timezone.now()
        return self.waiting().filter(Q(due_at__lte=now) | Q(due_at__gt=now + LEASE + AHEAD))

    def end(self, state: DeliveryState) -> int:
        """Say of those that wait what became of them."""
        return self.waiting().update(state=state, handled_at=timezone.now())


class WebhookDelivery(models.Model):
    """No foreign keys: what it says of job and app is kept as it was said."""

    received_at = models.DateTimeField("received", default=timezone.now)
    state = models.CharField(
        max_length=16, choices=DeliveryState.choices, default=DeliveryState.RECEIVED
    )
    job_id = models.CharField(max_length=128, blank=True)
    app = models.CharField(
        max_length=32, help_text="As the address named it: “settings”, or the number of an app."
    )
    address = models.CharField("came from", max_length=64, blank=True)
    body = models.TextField(
        blank=True, help_text="All of it as text, with � for what is no UTF-8 and for NUL."
    )
    digest = models.CharField("SHA-256", max_length=64, help_text="Of the whole body as it came.")
    due_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField("handled", null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["app", "due_at", "id"],
                name="delivery_waiting",
                condition=Q(state="received"),
            )
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk} about {self.job_id[:8] or 'no job'}"
