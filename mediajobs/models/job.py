"""A job that a pipeline submitted to the media API, as far as the remote has told."""

import re
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from mediajobs.models.credential import Credential

#: What follows `/media/` where no job is created (contract section 1).
NO_JOB = r"(?:input|output|jobs|jobs/cancel|webhooks|usage|oauth2/token)"
MEDIA_PATH = re.compile(rf"/media/(?!{NO_JOB}\Z)[a-z0-9]+(?:[/_-][a-z0-9]+)*")
REMOTE_ID = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9][A-Za-z0-9_.:-]{7,127}")

WEB_ADDRESS = re.compile(
    r"https?://[^\s/?#@\\\x00-\x1f\x7f]+([/?#][^\s\x00-\x1f\x7f]*)?", re.IGNORECASE
)

CLOCK_SKEW = timedelta(seconds=1)
#: What was read at a time that lies so far ahead was read by a wrong clock.
AHEAD = timedelta(minutes=1)
#: The longest time for which a job waits that could not be read; longer is of a wrong clock.
LONGEST_WAIT = timedelta(hours=1)

MEDIA_PATHS = [
    "/media/transcode",
    "/media/enhance",
    "/media/analyze",
    "/media/analyze/speech",
    "/media/analyze/music",
    "/media/diagnose",
    "/media/master",
    "/media/master/preview",
]


def validate_media_path(value: str) -> None:
    """Raise ValidationError unless `value` looks like a path that creates jobs."""
    if len(value) > 200 or not MEDIA_PATH.fullmatch(value):
        raise ValidationError(
            "“%(value)s” is no path that jobs are submitted to. "
            "Write one such as /media/transcode.",
            params={"value": value[:80]},
        )


def validate_remote_id(value: str) -> None:
    """Raise ValidationError unless `value` could be a job id.

    Loose on purpose: ids seen are UUIDs, but nothing promises it (contract section 7).
    """
    if not REMOTE_ID.fullmatch(value):
        raise ValidationError(
            "“%(value)s” is not a job id. Ids are 8 to 128 letters and digits with hyphens, "
            "such as 0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44.",
            params={"value": value[:80]},
        )


def is_web_address(value: str) -> bool:
    """Whether `value` is an http or https address whole, without a name or password in it."""
    if not WEB_ADDRESS.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def validate_link(value: str) -> None:
    """Raise ValidationError unless `value` is an address that may be shown as a link."""
    if not is_web_address(value):
        raise ValidationError(
            "“%(value)s” is no web address. Write it whole, such as "
            "https://assets.example.com/1234, and without a password.",
            params={"value": value[:80]},
        )


class JobStatus(models.TextChoices):
    """The remote's words; `UNKNOWN` until it has said one that we know."""

    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    SUCCESS = "success", "Success"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    INTERNAL_ERROR = "internal_error", "Internal error"
    UNKNOWN = "unknown", "Unknown"


class JobSource(models.TextChoices):
    """How the panel came to know a job."""

    FORM = "form", "Typed in"
    FILE = "file", "Pasted or uploaded"
    COMMAND = "command", "Command"
    REMOTE = "remote", "Remote list"
    API = "api", "Named by a pipeline"


FINAL_STATUSES = (
    JobStatus.SUCCESS,
    JobStatus.FAILED,
    JobStatus.CANCELLED,
    JobStatus.INTERNAL_ERROR,
)
ACTIVE_STATUSES = (JobStatus.PENDING, JobStatus.RUNNING, JobStatus.UNKNOWN)


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> Self:
        """Keep the jobs that may still be going on."""
        return self.filter(status__in=ACTIVE_STATUSES)

    def final(self) -> Self:
        """Keep the jobs that have ended."""
        return self.filter(status__in=FINAL_STATUSES)

    def stale(self, *, seconds: int) -> Self:
        """Keep the active jobs that nobody read lately, by a clock that was right.

        Without those that could not be read or are missing, until it is time to ask again.
        """
        now = timezone.now()
        lately = Q(checked_at__gte=now - timedelta(seconds=seconds), checked_at__lte=now + AHEAD)
        never_waits = Q(look_again_at__isnull=True, missing_at__isnull=True)
        is_over = Q(look_again_at__lte=now) | Q(look_again_at__gt=now + LONGEST_WAIT + AHEAD)
        return self.active().filter(never_waits | is_over).exclude(lately)

    def of_app(self, credential: Credential | None) -> Self:
        """Keep the jobs that these credentials see; None: those of the settings."""
        return self.filter(credential=credential)

    def of_owner(self, owner: str) -> Self:
        """Keep the jobs of one owner, in the words that let the index answer."""
        return self.exclude(owner="").filter(owner=owner)

    def older_than(self, age: timedelta) -> Self:
        """Keep the jobs submitted (or else recorded) longer ago than `age`."""
        return self.filter(dated_at__lt=timezone.now() - age)

    def with_id_prefix(self, prefix: str) -> Self:
        """Keep the jobs whose remote id begins with `prefix`, case and all, by index.

        SQLite's LIKE cannot use the index and PostgreSQL's collation makes a range wrong,
        so each gets the form that it answers from the index.
        """
        if connection.vendor == "sqlite":
            return self.filter(remote_id__gte=prefix, remote_id__lt=prefix + "\U0010ffff")
        return self.filter(remote_id__startswith=prefix)

    def matching(self, text: str) -> Self:
        """Keep the jobs whose id begins with `text` or, if there is none, whose label holds it."""
        text = text.strip()
        for prefix in (text, text.lower()):
            by_id = self.with_id_prefix(prefix)
            if by_id.exists():
                return by_id
        return self.filter(label__icontains=text)


class Job(models.Model):
    credential = models.ForeignKey(
        Credential,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name="app",
        help_text="Empty: the app of the settings.",
    )
    remote_id = models.CharField(
        "job id", max_length=128, unique=True, validators=[validate_remote_id]
    )
    path = models.CharField("API", max_length=200, validators=[validate_media_path])
    status = models.CharField(
        max_length=16, choices=JobStatus.choices, default=JobStatus.UNKNOWN, editable=False
    )
    reported_status = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="The remote's own word, exactly as it came.",
    )
    progress = models.PositiveSmallIntegerField(null=True, editable=False)
    api_version = models.CharField(max_length=32, blank=True, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    completed_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    duration = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        null=True,
        editable=False,
        help_text="Length of the media in seconds.",
    )
    error = models.TextField(blank=True, editable=False)
    label = models.CharField(max_length=200, blank=True)
    owner = models.CharField(
        max_length=150, blank=True, help_text="The team or person that the job is for."
    )
    link = models.CharField(
        max_length=500,
        blank=True,
        validators=[validate_link],
        help_text="A page that tells more, such as the asset’s; http or https.",
    )
    note = models.TextField(max_length=2000, blank=True)
    source = models.CharField(max_length=16, choices=JobSource.choices, editable=False)
    recorded_by = models.CharField(max_length=150, blank=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    dated_at = models.DateTimeField(
        "age",
        default=timezone.now,
        editable=False,
        help_text="When it was submitted or, until the remote tells that, recorded.",
    )
    checked_at = models.DateTimeField(
        null=True, editable=False, help_text="When the newest news of this job was asked for."
    )
    missing_at = models.DateTimeField(
        null=True, editable=False, help_text="When the remote said that it knows no such job."
    )
    look_again_at = models.DateTimeField(
        null=True, editable=False, help_text="When to ask again for one that could not be read."
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_at", "-id"]
        indexes = [
            models.Index(fields=["-dated_at", "-id"], name="job_newest"),
            models.Index(fields=["status", "-dated_at", "-id"], name="job_status_newest"),
            models.Index(fields=["path", "-dated_at", "-id"], name="job_path_newest"),
            models.Index(fields=["credential", "-dated_at", "-id"], name="job_app_newest"),
            models.Index(
                fields=["owner", "-dated_at", "-id"],
                name="job_owner_newest",
                condition=~Q(owner=""),
            ),
            models.Index(
                fields=["checked_at", "id"],
                name="job_active_checked",
                condition=Q(status__in=["pending", "running", "unknown"]),
            ),
        ]
        permissions = [
            ("refresh_job", "Can read a job's status from the remote"),
            ("cancel_job", "Can request cancellation of one job"),
            ("bulk_cancel_job", "Can request cancellation of many jobs"),
        ]

    def __str__(self) -> str:
        return self.label or self.short_id

    @property
    def short_id(self) -> str:
        """The first eight characters, as people say them to each other."""
        return self.remote_id[:8]

    @property
    def has_web_link(self) -> bool:
        """Whether `link` may be shown as a link; whatever else stands there is text."""
        return is_web_address(self.link)

    @property
    def is_final(self) -> bool:
        """Whether the remote has said that the job ended."""
        return self.status in FINAL_STATUSES

    @property
    def is_all_told(self) -> bool:
        """Whether a read could add nothing: it ended, and its times are known or not to be had."""
        return self.is_final and (self.completed_at is not None or self.submitted_at is None)

    @property
    def began_at(self) -> datetime | None:
        """When it started: not before it was submitted, though the remote's two clocks may differ.

        They differ by up to a second; a longer difference is the remote's to explain.
        """
        if self.started_at is None or self.submitted_at is None:
            return self.started_at
        is_skew = timedelta(0) < self.submitted_at - self.started_at <= CLOCK_SKEW
        return self.submitted_at if is_skew else self.started_at

    @property
    def status_words(self) -> str:
        """The status for a person: ours where we know the word, the remote's where not."""
        if self.status == JobStatus.UNKNOWN and self.reported_status:
            return self.reported_status
        return self.get_status_display()
