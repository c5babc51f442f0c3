"""A cancellation that somebody asked for: the jobs are its attempts."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Subquery
from django.db.models.functions import Coalesce
from django.template.defaultfilters import pluralize
from django.utils import timezone

from mediajobs.models.attempt import OPEN_STATES, PROBLEM_STATES, AttemptState, CancelAttempt
from mediajobs.models.audit import Channel
from mediajobs.models.client import ApiClient
from mediajobs.models.credential import Credential

#: The clocks of two workers may differ by so much.
WORKERS_APART = timedelta(seconds=30)


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


class CancelBatchQuerySet(models.QuerySet["CancelBatch"]):
    def going_on(self) -> Self:
        """Keep the batches that somebody released and that have not ended."""
        return self.filter(state__in=(BatchState.RUNNING, BatchState.PAUSED))

    def with_work_due(self) -> Self:
        """Keep the running batches of which something may be sent by now."""
        due = CancelAttempt.objects.due().filter(batch=models.OuterRef("pk"))
        return self.filter(models.Exists(due), state=BatchState.RUNNING)

    def abandoned(self, *, seconds: int) -> Self:
        """Keep the running batches with work due that no worker touched for `seconds`.

        Nor was one touched by a clock that has been set back since.
        """
        now, patience = timezone.now(), timedelta(seconds=seconds)
        is_lately = Q(worked_at__gte=now - patience, worked_at__lte=now + WORKERS_APART)
        idle = Q(worked_at__isnull=True) | ~is_lately
        return self.with_work_due().filter(idle)

    def paused_by_engine(self) -> Self:
        """Keep the batches that the engine paused and will try again."""
        return self.filter(state=BatchState.PAUSED, resumes_at__isnull=False)

    def due_to_resume(self) -> Self:
        """Keep the batches that the engine paused and wants to try again by now."""
        return self.paused_by_engine().filter(resumes_at__lte=timezone.now())

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
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, null=True, related_name="+")
    requested_by_name = models.CharField(max_length=150)
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="app"
    )
    channel = models.CharField(max_length=16, choices=Channel.choices)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    selection = models.TextField(help_text="The filter or the choice, in words.")
    frozen_count = models.PositiveIntegerField(default=0)
    mails_requester = models.BooleanField(
        default=False, help_text="Who requested it is told by e-mail when it ends or stops."
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="retries", verbose_name="retry of"
    )
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True, help_text="When a worker last wrote to it.")
    held_by = models.CharField(
        max_length=300, blank=True, help_text="What limited its pace when a worker last wrote."
    )
    paused_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True, help_text="When a person last resumed it.")
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
    def size_words(self) -> str:
        """Write the number of jobs: "1 job", "1,000 jobs"."""
        return f"{self.frozen_count:,} job{pluralize(self.frozen_count)}"

    @property
    def is_going_on(self) -> bool:
        return self.state in (BatchState.RUNNING, BatchState.PAUSED)

    @property
    def is_sending(self) -> bool:
        return self.state == BatchState.RUNNING

    @property
    def is_held_by_engine(self) -> bool:
        """Whether the engine paused it, for an outage or a wish of the remote, and will go on."""
        return self.state == BatchState.PAUSED and self.resumes_at is not None

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
        words = [f"{counts[state]:,} {state.label.lower()}" for state in AttemptState]
        return ", ".join(word for word in words if not word.startswith("0 "))
