"""Answers kept for a while, so that a request sent twice is carried out once."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from mediajobs.models.client import ApiClient


class KeptAnswerQuerySet(models.QuerySet["KeptAnswer"]):
    def older_than(self, age: timedelta) -> Self:
        return self.filter(created_at__lt=timezone.now() - age)


class KeptAnswer(models.Model):
    """What a client was told when it first sent a request under an Idempotency-Key."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="kept_answer_one_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.key}"
