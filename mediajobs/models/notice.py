"""What somebody is told of a cancellation: one row for each happening and each who is told."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from mediajobs.models.batch import CancelBatch
from mediajobs.models.job import AHEAD

#: The longest wait between two tries, and longer than any lease; more is of a wrong clock.
LONGEST_WAIT = timedelta(hours=4)


class NoticeState(models.TextChoices):
    """waiting ⇄ sending → sent | given up."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    GIVEN_UP = "given_up", "Given up"


class NoticeKind(models.TextChoices):
    MAIL = "mail", "e-mail"
    WEBHOOK = "webhook", "signed JSON"
    SLACK = "slack", "text for Slack"


class Happening(models.TextChoices):
    """What a cancellation came to that is worth telling."""

    FINISHED = "finished", "Finished"
    PROBLEMS = "problems", "Finished with problems"
    ABORTED = "aborted", "Aborted"
    PAUSED = "paused", "Paused"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self) -> Self:
        """Keep those to be sent by now, or whose sender's time has run out or cannot be true."""
        unsent = (NoticeState.WAITING, NoticeState.SENDING)
        now = timezone.now()
        is_time = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + LONGEST_WAIT + AHEAD)
        return self.filter(is_time, state__in=unsent)

    def given_up(self) -> Self:
        """Keep those that nobody tries to send any more."""
        return self.filter(state=NoticeState.GIVEN_UP)


class Notice(models.Model):
    """Frozen when it happens, in the transaction of what happens; then only its sending moves.

    An address of NOTICE_URLS may be a secret: `target` holds what stands for it.
    """

    batch = models.ForeignKey(
        CancelBatch, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    happening = models.CharField(max_length=16, choices=Happening.choices)
    happened_at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    target = models.CharField(max_length=254)
    shown = models.CharField(max_length=300, help_text="The target as pages and trail name it.")
    key = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="By which a receiver tells a repetition."
    )
    subject = models.CharField(max_length=200)
    text = models.TextField()
    facts = models.JSONField()
    state = models.CharField(
        max_length=16, choices=NoticeState.choices, default=NoticeState.WAITING
    )
    fence = models.PositiveIntegerField(
        default=0, help_text="Counts the claims; a write with an older fence changes nothing."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(
        default=timezone.now, help_text="While it is being sent: when its sender counts as dead."
    )
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "happening", "happened_at", "target"], name="notice_once"
            ),
            models.UniqueConstraint(
                fields=["batch", "target"],
                name="notice_unconfirmed_once",
                condition=Q(happening="unconfirmed"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="notice_due",
                condition=Q(state__in=["waiting", "sending"]),
            ),
            models.Index(
                fields=["-ended_at"], name="notice_given_up", condition=Q(state="given_up")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_happening_display()}, to {self.shown}"

    @property
    def is_given_up(self) -> bool:
        return self.state == NoticeState.GIVEN_UP

    @property
    def is_new(self) -> bool:
        """Whether what comes of the first try is not known yet."""
        return not (self.ended_at or self.problem)

    def claim(self, *, until: Any) -> bool:
        """Take it for sending until then, if nobody else has meanwhile; say whether this did."""
        facts = {"tries": F("tries") + 1, "fence": F("fence") + 1, "next_try_at": until}
        if not self.move(to=NoticeState.SENDING, **facts):
            return False
        self.refresh_from_db()
        return True

    def move(self, *, to: NoticeState, **fields: Any) -> bool:
        """Go to state `to` unless somebody has claimed or moved it since it was read."""
        mine = Notice.objects.filter(pk=self.pk, state=self.state, fence=self.fence)
        return bool(mine.update(state=to, **fields))
