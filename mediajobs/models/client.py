"""A pipeline that speaks to the API, and what its token opens."""

import hashlib
from datetime import timedelta
from typing import Self, TypeVar

from django.db import models
from django.utils import timezone

from mediajobs.models.credential import Credential

Rows = TypeVar("Rows", bound=models.QuerySet)

#: So that people, and programs that look for leaked secrets, know one when they see it.
TOKEN_PREFIX = "mjp_"  # noqa: S105 -- the beginning that all tokens share
#: So much of a token is kept readable, to tell it from others.
SHOWN_LENGTH = 10
#: "Last used" is written no more often than this.
USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a token opens; none includes another."""

    READ = "read"
    RECORD = "record"
    CANCEL = "cancel"


def hash_token(token: str) -> str:
    """Hash a token for keeping: random 256 bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class ApiClientQuerySet(models.QuerySet["ApiClient"]):
    def active(self) -> Self:
        """Keep the clients whose token opens something still."""
        return self.filter(revoked_at=None)

    def with_token(self, token: str) -> Self:
        """Keep the one whose token this is, found by its hash, so that time tells nothing."""
        return self.filter(token_hash=hash_token(token))


class ApiClient(models.Model):
    """The token itself is kept nowhere: only its hash and its first characters."""

    name = models.CharField(
        max_length=64, unique=True, help_text="Of the pipeline, as the record shall call it."
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token_start = models.CharField("token", max_length=16, editable=False)
    may_read = models.BooleanField("read", default=True, help_text="See jobs and cancellations.")
    may_record = models.BooleanField("record", default=False, help_text="Record and name jobs.")
    may_cancel = models.BooleanField("cancel", default=False, help_text="Request cancellations.")
    credential = models.ForeignKey(
        Credential,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="app",
        help_text=(
            "Binds it to the jobs of one app. Empty: it sees the jobs of all apps, and what it "
            "records are jobs of the app of the settings."
        ),
    )
    created_by = models.CharField(max_length=150, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = ApiClientQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        default_permissions = ("add", "change", "view")
        verbose_name = "API client"

    def __str__(self) -> str:
        return self.name

    @property
    def scopes(self) -> list[str]:
        return [scope.value for scope in Scope if getattr(self, f"may_{scope.value}")]

    @property
    def may_cancel_now(self) -> bool:
        return self.may_cancel and self.revoked_at is None

    @property
    def is_use_noted(self) -> bool:
        """Whether "last used" is as fresh as it needs to be."""
        last = self.last_used_at
        return last is not None and timezone.now() - last < USE_NOTED_EVERY

    def visible(self, rows: Rows) -> Rows:
        """Keep the jobs, or cancellations, of the app that this client is bound to."""
        return rows.filter(credential=self.credential_id) if self.credential_id else rows
