"""A cancellation: the batch that somebody asked for, and one attempt for each of its jobs."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from mediajobs.models.job import Job


class BatchState(models.TextChoices):
    """draft → running ⇄ paused → finished | aborted."""

    DRAFT = "draft", "Draft"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    ABORTED = "aborted", "Aborted"


class ReasonCategory(models.TextChoices):
    WRONG_INPUT = "wrong_input", "Wrong or broken input"
    WRONG_SETTINGS = "wrong_settings", "Wrong settings"
    DUPLICATE = "duplicate", "Submitted twice"
    STUCK = "stuck", "Stuck or far too slow"
    COST = "cost", "Cost or quota"
    NOT_NEEDED = "not_needed", "No longer needed"
    OTHER = "other", "Something else"


class Channel(models.TextChoices):
    """The door through which a deed came in."""

    WEB = "web", "Browser"
    COMMAND = "command", "Command"
    ENGINE = "engine", "Engine"


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


class CancelBatchQuerySet(models.QuerySet["CancelBatch"]):
    def going_on(self) -> Self:
        """Keep the batches that somebody released and that have not ended."""
        return self.filter(state__in=(BatchState.RUNNING, BatchState.PAUSED))

    def abandoned(self, *, seconds: int) -> Self:
        """Keep the running batches with work due that no worker touched for `seconds`."""
        limit = timezone.now() - timedelta(seconds=seconds)
        idle = Q(worked_at__isnull=True) | Q(worked_at__lt=limit)
        due = CancelAttempt.objects.due().filter(batch=models.OuterRef("pk"))
        return self.filter(idle, models.Exists(due), state=BatchState.RUNNING)

    def due_to_resume(self) -> Self:
        """Keep the batches that the engine paused and wants to try again by now."""
        return self.filter(state=BatchState.PAUSED, resumes_at__lte=timezone.now())

    def forgotten(self, *, age: timedelta) -> Self:
        """Keep the drafts that nobody confirmed within `age`."""
        return self.filter(state=BatchState.DRAFT, created_at__lt=timezone.now() - age)

    def with_progress(self) -> Self:
        """Add `open_count` and `problem_count`, counted for the rows that are fetched alone."""

        def count(states: tuple[AttemptState, ...]) -> Coalesce:
            mine = CancelAttempt.objects.filter(batch=models.OuterRef("pk"), state__in=states)
            total = mine.order_by().values("batch").annotate(total=Count("pk"))
            return Coalesce(Subquery(total.values("total")), 0)

        return self.annotate(open_count=count(OPEN_STATES), problem_count=count(PROBLEM_STATES))


class CancelBatch(models.Model):
    state = models.CharField(max_length=16, choices=BatchState.choices, default=BatchState.DRAFT)
    reason_category = models.CharField(max_length=16, choices=ReasonCategory.choices, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    requested_by_name = models.CharField(max_length=150)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    selection = models.TextField(help_text="The filter or the choice, in words.")
    frozen_count = models.PositiveIntegerField(default=0)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="retries", verbose_name="retry of"
    )
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True, help_text="When a worker last wrote to it.")
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    resumes_at = models.DateTimeField(
        null=True, help_text="When the engine tries again by itself; empty: a person must."
    )

    objects = CancelBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        verbose_name = "cancellation"
        indexes = [
            models.Index(
                fields=["id"],
                name="batch_going_on",
                condition=Q(state__in=["draft", "running", "paused"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Cancellation {self.pk}"

    @property
    def is_going_on(self) -> bool:
        return self.state in (BatchState.RUNNING, BatchState.PAUSED)

    @property
    def has_ended(self) -> bool:
        return self.state in (BatchState.FINISHED, BatchState.ABORTED)

    def move(self, *states: BatchState, to: BatchState, **fields: Any) -> bool:
        """Go to state `to` if still in one of `states`; say whether this call did it."""
        fields["state"] = to
        mine = CancelBatch.objects.filter(pk=self.pk, state__in=states)
        if not mine.update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True

    def counts(self) -> dict[str, int]:
        """Count the attempts by state; states without any are 0."""
        rows = self.attempts.order_by().values_list("state").annotate(Count("id"))
        return dict.fromkeys(AttemptState.values, 0) | dict(rows)

    def outcome_words(self) -> str:
        """Write the counts as words: "3 cancelled, 1 refused"."""
        counts = self.counts()
        words = [f"{counts[state]} {state.label.lower()}" for state in AttemptState]
        return ", ".join(word for word in words if not word.startswith("0 "))


class CancelAttemptQuerySet(models.QuerySet["CancelAttempt"]):
    def queued(self) -> Self:
        """Keep the attempts that wait to be sent."""
        return self.filter(state=AttemptState.QUEUED)

    def released(self) -> Self:
        """Keep the attempts of batches that somebody confirmed."""
        return self.exclude(batch__state=BatchState.DRAFT)

    def due(self) -> Self:
        """Keep the queued attempts that may be sent by now."""
        ready = Q(not_before__isnull=True) | Q(not_before__lte=timezone.now())
        return self.queued().filter(ready)

    def live(self) -> Self:
        """Keep the attempts that the remote has or may have, and has not settled."""
        return self.filter(state__in=LIVE_STATES)

    def open(self) -> Self:
        """Keep the attempts that their batch still waits for."""
        return self.filter(state__in=OPEN_STATES)

    def awaited(self) -> Self:
        """Keep the attempts that the remote's next word about the job may settle."""
        return self.filter(state__in=AWAITED_STATES)

    def to_verify(self) -> Self:
        """Keep the attempts whose job should be read by now."""
        return self.awaited().filter(verify_at__lte=timezone.now())

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
        )


class CancelAttempt(models.Model):
    batch = models.ForeignKey(
        CancelBatch, on_delete=models.CASCADE, related_name="attempts", db_index=False
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
        db_default=0, help_text="How often the request may have reached the remote."
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
    def was_refused(self) -> bool:
        """Whether the last send was answered with a "no" (408 and 429 say "later")."""
        status = self.remote_status or 0
        return 300 <= status < 500 and status not in (401, 403, 408, 429)

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
