"""Rows that are appended and read: every other way to write through the models is closed."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

from django.db import models

from mediajobs.models import statements

Row = TypeVar("Row", bound=models.Model)


class AppendOnlyError(TypeError):
    """Raised on any attempt to change or remove a row of the trail through the models."""


def refuse(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuse to change the trail."""
    raise AppendOnlyError("Audit events are never changed or deleted. Record a new one.")


class AppendOnlyQuerySet(models.QuerySet[Row]):
    """Rows can be appended and read; every other way to write is closed."""

    create = get_or_create = update_or_create = bulk_create = refuse
    update = bulk_update = delete = refuse

    def append(self, rows: list[Row]) -> list[Row]:
        """Add new rows in one statement."""
        statements.insert(rows)
        return rows


class AppendOnly(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ("view",)
        # Without it Django's own writes would go through a manager that refuses nothing.
        base_manager_name = "objects"

    save = save_base = delete = refuse


def canonical(facts: dict[str, Any]) -> str:
    """Write facts as JSON: sorted names, no spaces, times in UTC microseconds."""
    if "at" in facts:
        facts = facts | {"at": written(facts["at"])}
    return as_canonical(facts)


def as_canonical(facts: dict[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_line(facts: dict[str, Any]) -> str:
    """Write facts as a line of JSON in ASCII, which no terminal and no log misreads."""
    return json.dumps(facts, separators=(",", ":")) + "\n"


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def sha256(text: str) -> str:
    """Hash a text whose first line says what it is, so that no hash serves for another thing."""
    return hashlib.sha256(text.encode()).hexdigest()
