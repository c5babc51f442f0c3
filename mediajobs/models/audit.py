"""The trail: one row a deed, written with it, never changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import connection, models
from django.utils import timezone

from mediajobs.models.append_only import (
    AppendOnly,
    AppendOnlyQuerySet,
    canonical,
    refuse,
    sha256,
)
from mediajobs.models.attempt import AttemptState


class Channel(models.TextChoices):
    """The door through which a deed came in."""

    WEB = "web", "Browser"
    COMMAND = "command", "Command"
    WEBHOOK = "webhook", "Webhook"
    ENGINE = "engine", "Engine"
    API = "api", "Pipeline API"


class AuditKind(models.TextChoices):
    """What happened, dotted and in the past tense."""

    USER_SIGNED_IN = "user.signed_in", "Signed in"
    USER_SIGN_IN_FAILED = "user.sign_in_failed", "Failed to sign in"
    USER_SIGN_IN_REFUSED = "user.sign_in_refused", "Refused more tries to sign in"
    USER_LOCKED_OUT = "user.locked_out", "Was locked out"
    USER_LOCK_OUT_LIFTED = "user.lock_out_lifted", "Lifted lock-outs"
    USER_SIGNED_OUT = "user.signed_out", "Signed out"
    USER_ADDED = "user.added", "Added a user"
    USER_CHANGED = "user.changed", "Changed a user"
    USER_RIGHTS_CHANGED = "user.rights_changed", "Changed the rights of a user"
    USER_DEACTIVATED = "user.deactivated", "Deactivated a user"
    USER_REACTIVATED = "user.reactivated", "Reactivated a user"
    USER_DELETED = "user.deleted", "Deleted a user"
    USER_PASSWORD_CHANGED = "user.password_changed", "Changed a password"
    GROUP_ADDED = "group.added", "Added a group"
    GROUP_CHANGED = "group.changed", "Changed a group"
    GROUP_DELETED = "group.deleted", "Deleted a group"
    RIGHTS_REFUSED = "rights.refused", "Was refused for want of a right"
    JOB_RECORDED = "job.recorded", "Recorded the job"
    JOB_EDITED = "job.edited", "Changed the job"
    JOB_DELETED = "job.deleted", "Deleted the job"
    APP_ADDED = "app.added", "Added an app"
    APP_CHANGED = "app.changed", "Changed an app"
    APP_REMOVED = "app.removed", "Removed an app"
    CLIENT_MADE = "client.made", "Made a token for a pipeline"
    CLIENT_CHANGED = "client.changed", "Changed what a token opens"
    CLIENT_REVOKED = "client.revoked", "Revoked the token of a pipeline"
    WEBHOOK_REGISTERED = "webhook.registered", "Registered the webhook"
    WEBHOOK_REPLACED = "webhook.replaced", "Replaced a webhook of others"
    WEBHOOK_REMOVED = "webhook.removed", "Removed the webhook"
    WEBHOOK_REJECTED = "webhook.rejected", "Rejected deliveries to the webhook"
    BATCH_DRAFTED = "batch.drafted", "Drafted a cancellation"
    BATCH_CONFIRMED = "batch.confirmed", "Confirmed the cancellation"
    BATCH_DISCARDED = "batch.discarded", "Discarded the draft"
    BATCH_PAUSED = "batch.paused", "Paused the cancellation"
    BATCH_RESUMED = "batch.resumed", "Resumed the cancellation"
    BATCH_ABORTED = "batch.aborted", "Aborted the cancellation"
    BATCH_FINISHED = "batch.finished", "The cancellation finished"
    CANCEL_SENT = "cancel.sent", "Set out to send the request"
    CANCEL_ANSWERED = "cancel.answered", "The media API answered"
    CANCEL_UNANSWERED = "cancel.unanswered", "No clear answer to the request"
    CANCEL_WITHHELD = "cancel.withheld", "The request did not leave"
    CANCEL_ANSWERED_LATE = "cancel.answered_late", "A late answer, kept as evidence"
    CANCEL_QUEUED_AGAIN = "cancel.queued_again", "The request is to be sent again"
    CANCEL_UNCONFIRMED = "cancel.unconfirmed", "Still not confirmed"
    CANCEL_ENDED = "cancel.ended", "The request for the job ended"
    NOTICE_SENT = "notice.sent", "Sent a notice"
    NOTICE_GIVEN_UP = "notice.given_up", "Gave a notice up"
    NOTICE_QUEUED_AGAIN = "notice.queued_again", "Had a notice sent again"
    TRAIL_EXPORTED = "trail.exported", "Exported the trail"
    TRAIL_GUARDED = "trail.guarded", "Put back the triggers of the trail"
    TRAIL_VERIFIED = "trail.verified", "Verified the trail"
    WORKER_STARTED = "worker.started", "Started a worker"
    WORKER_STOPPED = "worker.stopped", "Stopped a worker"
    TRAIL_PRUNED = "trail.pruned", "Removed old events from the trail"


#: What the answer to a request leads to that need not be sent again.
SENT_FOR_GOOD = (AttemptState.REQUESTED, AttemptState.REFUSED, AttemptState.NOT_FOUND)


class AuditEventQuerySet(AppendOnlyQuerySet["AuditEvent"]):
    def append(self, rows: list["AuditEvent"]) -> list["AuditEvent"]:
        """Add new events, each with its body and digest, in one statement.

        Raises AppendOnlyError for an event that has a key: it is stored already.
        """
        for event in rows:
            if event.pk is not None:
                refuse()
            event.body = event.canonical_body()
            event.digest = event.compute_digest()
        return super().append(rows)

    def about_jobs(self) -> Self:
        """Keep the events about one job each, in the words that let the index answer."""
        return self.exclude(job_id="")

    def about_job(self, remote_id: str) -> Self:
        return self.about_jobs().filter(job_id=remote_id)

    def about_job_prefixes(self, prefixes: Iterable[str]) -> Self:
        """Keep the events about jobs whose id begins so; SQLite's LIKE would scan."""
        any_of = models.Q()
        for prefix in prefixes:
            if connection.vendor == "sqlite":
                any_of |= models.Q(job_id__gte=prefix, job_id__lt=prefix + "\U0010ffff")
            else:
                any_of |= models.Q(job_id__startswith=prefix)
        return self.about_jobs().filter(any_of)

    def about_batch(self, batch_id: int) -> Self:
        """Keep the deeds on the batch as a whole."""
        return self.filter(batch_id=batch_id, attempt_id__isnull=True)

    def sent_count(self, batch_id: int, *, since: datetime) -> int:
        """Count the requests of a batch that were accepted, or refused for good, since then.

        These are told apart while counting: as a filter they would lead SQLite away from the
        index of times.
        """
        of_items = self.filter(at__gte=since, batch_id=batch_id, attempt_id__isnull=False)
        for_good = models.Q(kind=AuditKind.CANCEL_ANSWERED, outcome__in=SENT_FOR_GOOD)
        return of_items.order_by().aggregate(count=models.Count("pk", filter=for_good))["count"]

    def of_attempt(self, attempt_id: int) -> Self:
        """Keep what happened to one item of a cancellation, in the order of recording."""
        return self.filter(attempt_id=attempt_id).order_by("pk")


class AuditEvent(AppendOnly):
    """No foreign keys: who and what are kept as text and outlive the rows they name."""

    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=32, choices=AuditKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    batch_id = models.BigIntegerField(null=True)
    attempt_id = models.BigIntegerField(null=True)
    fence = models.PositiveIntegerField(null=True)
    job_id = models.CharField(max_length=128, blank=True)
    reason = models.TextField(blank=True)
    outcome = models.CharField(max_length=32, blank=True)
    detail = models.TextField(blank=True)
    remote_status = models.PositiveSmallIntegerField("HTTP status", null=True)
    answer = models.TextField(blank=True)
    body = models.TextField(help_text="The columns as canonical JSON, exactly as hashed.")
    digest = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    #: The columns that `body` repeats.
    FACTS = (
        *("kind", "actor_id", "actor", "channel", "address", "user_agent", "request_id"),
        *("batch_id", "attempt_id", "fence", "job_id"),
        *("reason", "outcome", "detail", "remote_status", "answer"),
    )

    class Meta(AppendOnly.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_kind"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_actor"),
            models.Index(fields=["channel", "-at", "-id"], name="audit_channel"),
            models.Index(fields=["outcome", "-at", "-id"], name="audit_outcome"),
            models.Index(fields=["batch_id", "-at", "-id"], name="audit_of_batch"),
            models.Index(
                fields=["-at", "-id"], name="audit_reason", condition=~models.Q(reason="")
            ),
            models.Index(
                fields=["job_id", "-id"],
                name="audit_job",
                condition=~models.Q(job_id=""),
                # On PostgreSQL, lest a beginning be looked for in every row.
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(
                fields=["batch_id", "-id"],
                name="audit_batch",
                condition=models.Q(attempt_id__isnull=True),
            ),
            models.Index(fields=["attempt_id", "id"], name="audit_attempt"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"

    def canonical_body(self) -> str:
        return canonical({name: getattr(self, name) for name in (*self.FACTS, "at")})

    def compute_digest(self) -> str:
        return digested(self.body)

    @property
    def is_intact(self) -> bool:
        """Whether the columns, the body and the digest say the same."""
        return self.body == self.canonical_body() and self.digest == self.compute_digest()


def digested(body: str) -> str:
    return sha256(f"audit-event/1\n{body}")
