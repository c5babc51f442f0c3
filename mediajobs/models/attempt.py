"""One attempt to cancel one job, in one batch."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from mediajobs.models import statements
from mediajobs.models.job import Job


class AttemptState(models.TextChoices):
    """The state machine of one cancel; only the remote's word leads to `CANCELLED`."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    REQUESTED = "requested", "Requested"
    UNCLEAR = "unclear", "Answer unclear"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    CANCELLED = "cancelled", "Cancelled"
    FINISHED_FIRST = "finished_first", "Finished first"
    ALREADY_FINAL = "already_final", "Already finished"
    NOT_FOUND = "not_found", "Not found"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"
    NOT_SENT = "not_sent", "Not sent"
    JOINED = "joined", "Already requested"


#: Asked of the remote and not yet known: at most one of these for a job.
LIVE_STATES = (AttemptState.SENDING, AttemptState.REQUESTED, AttemptState.UNCLEAR)
#: A batch is not finished while it has one of these.
OPEN_STATES = (AttemptState.QUEUED, *LIVE_STATES)
#: Waiting for the remote to say how the job ended.
AWAITED_STATES = (AttemptState.REQUESTED, AttemptState.UNCLEAR, AttemptState.UNCONFIRMED)
#: Ended in a way that somebody should know of; "Retry the failed" takes these.
PROBLEM_STATES = (
    AttemptState.UNCONFIRMED,
    AttemptState.NOT_FOUND,
    AttemptState.REFUSED,
    AttemptState.FAILED,
)


class CancelAttemptQuerySet(models.QuerySet["CancelAttempt"]):
    def queued(self) -> Self:
        """Keep the attempts that wait to be sent."""
        return self.filter(state=AttemptState.QUEUED)

    def released(self) -> Self:
        """Keep the attempts of batches that somebody confirmed."""
        return self.exclude(batch__confirmed_at=None)

    def due(self) -> Self:
        """Keep the queued attempts that may be sent by now."""
        ready = Q(not_before__isnull=True) | Q(not_before__lte=timezone.now())
        return self.queued().filter(ready)

    def waiting(self) -> Self:
        """Keep the queued attempts that may not be sent yet."""
        return self.queued().filter(not_before__gt=timezone.now())

    def count_waiting(self) -> dict[str, Any]:
        """Count the waiting ones by what they wait for; the first `next_try` comes at `first_at`.

        One whose job is looked at first is sent after that, though it followed another before.
        """
        look = Q(verify_at__isnull=False)
        other = Q(verify_at=None, joined_to__isnull=False)
        next_try = Q(verify_at=None, joined_to=None)
        return self.waiting().aggregate(
            other=Count("pk", filter=other),
            look=Count("pk", filter=look),
            next_try=Count("pk", filter=next_try),
            first_at=Min("not_before", filter=next_try),
        )

    def live(self) -> Self:
        """Keep the attempts that the remote has or may have, and has not settled."""
        return self.filter(state__in=LIVE_STATES)

    def open(self) -> Self:
        """Keep the attempts that their batch still waits for."""
        return self.filter(state__in=OPEN_STATES)

    def told(self) -> Self:
        """Keep the attempts that were sent and of which is known what the remote said."""
        not_known = (AttemptState.QUEUED, AttemptState.SENDING, AttemptState.UNCLEAR)
        return self.filter(sent_at__isnull=False).exclude(state__in=not_known)

    def awaited(self) -> Self:
        """Keep the attempts that the remote's next word about the job may settle."""
        return self.filter(state__in=AWAITED_STATES)

    def to_verify(self) -> Self:
        """Keep the attempts whose job should be read by now."""
        return self.awaited().filter(verify_at__lte=timezone.now())

    def to_look_at_first(self) -> Self:
        """Keep the queued attempts whose job should be read before they are sent."""
        now = timezone.now()
        return self.queued().filter(not_before__isnull=False, verify_at__lte=now)

    def expired(self) -> Self:
        """Keep the attempts whose worker's lease ran out before it wrote an outcome."""
        return self.filter(state=AttemptState.SENDING, lease_expires_at__lt=timezone.now())

    def with_problems(self) -> Self:
        """Keep the attempts that ended badly."""
        return self.filter(state__in=PROBLEM_STATES)

    def claim(self, *, lease_expires_at: datetime, worker: str) -> int:
        """Take these for sending: fence up, lease set; the caller holds the rows."""
        return self.update(
            state=AttemptState.SENDING,
            fence=F("fence") + 1,
            lease_expires_at=lease_expires_at,
            worker=worker,
            sent_at=timezone.now(),
            verify_at=None,
            joined_to=None,
        )

    def move_each(
        self, state: AttemptState, moves: list[tuple["CancelAttempt", dict[str, Any]]]
    ) -> set[int]:
        """Give each attempt its own fields as `CancelAttempt.move` does; return whose row moved.

        One statement for all that get the same columns, guarded by fence and `state`.
        """
        moved: set[int] = set()
        by_names = defaultdict(list)
        for attempt, fields in moves:
            by_names[tuple(fields)].append([attempt.pk, attempt.fence, *fields.values()])
        for names, rows in by_names.items():
            moved |= statements.update_each(
                CancelAttempt, ("id", "fence"), names, rows, where=("state", state)
            )
        return moved


class CancelAttempt(models.Model):
    batch = models.ForeignKey(
        "CancelBatch", on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, related_name="attempts", db_index=False
    )
    remote_id = models.CharField("job id", max_length=128)
    state = models.CharField(
        max_length=16, choices=AttemptState.choices, db_default=AttemptState.QUEUED
    )
    fence = models.PositiveIntegerField(
        db_default=0, help_text="Counts the claims; a write with an older fence changes nothing."
    )
    worker = models.CharField(max_length=100, db_default="")
    lease_expires_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    verify_at = models.DateTimeField(null=True)
    send_count = models.PositiveSmallIntegerField(
        db_default=0, help_text="How often the request may have been carried out."
    )
    remote_status = models.PositiveSmallIntegerField("HTTP status", null=True)
    answer = models.TextField(db_default="", help_text="The first 4 KiB of the remote's answer.")
    detail = models.CharField(
        max_length=500, db_default="", help_text="What happened, in a sentence."
    )
    joined_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = CancelAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        default_permissions = ("view",)
        verbose_name = "cancellation item"
        constraints = [
            models.UniqueConstraint(
                fields=["job"],
                name="attempt_one_live_per_job",
                condition=Q(state__in=["sending", "requested", "unclear"]),
            ),
            models.UniqueConstraint(fields=["batch", "job"], name="attempt_job_once_per_batch"),
        ]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="attempt_batch_state"),
            models.Index(fields=["job", "-id"], name="attempt_job_newest"),
            models.Index(fields=["batch", "id"], name="attempt_queue", condition=Q(state="queued")),
            models.Index(
                fields=["batch", "not_before"],
                name="attempt_waiting",
                condition=Q(state="queued", not_before__isnull=False),
            ),
            models.Index(
                fields=["lease_expires_at"], name="attempt_lease", condition=Q(state="sending")
            ),
            models.Index(
                fields=["verify_at"],
                name="attempt_verify",
                condition=Q(state__in=["requested", "unclear", "unconfirmed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remote_id[:8]} in cancellation {self.batch_id}"

    @property
    def short_id(self) -> str:
        return self.remote_id[:8]

    @property
    def was_sent(self) -> bool:
        """Whether a request may have left; an answered one has, though it was not carried out."""
        return bool(self.send_count or self.remote_status)

    @property
    def was_refused(self) -> bool:
        """Whether the last send was answered with a "no" (408 and 429 say "later").

        What is queued again was told "later" too, whatever the number.
        """
        status = self.remote_status or 0
        is_no = 300 <= status < 500 and status not in (408, 429)
        return is_no and self.state != AttemptState.QUEUED

    def move(self, *states: AttemptState, to: AttemptState, **fields: Any) -> bool:
        """Go to state `to` if in one of `states` and no other worker has claimed it since.

        False means that somebody else has moved it: nothing was written, record what you
        know as evidence and leave it.
        """
        fields["state"] = to
        mine = CancelAttempt.objects.filter(pk=self.pk, state__in=states, fence=self.fence)
        if not mine.update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True
