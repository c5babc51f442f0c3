"""Naming the row that no driver can read, once something has broken off at one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from django.db import DatabaseError
from django.db.models import CharField, DateTimeField, Field, Model, QuerySet, TextField

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services.audit.seal import LOWEST

Row = TypeVar("Row", bound=Model)
#: What comes of a value that the panel would never have written.
UNREADABLE = (ArithmeticError, AttributeError, DatabaseError, TypeError, ValueError)
NAMES = {AuditCheckpoint: "Checkpoint", AuditEvent: "Event", AuditLink: "Link"}
PAGE = 500


def unreadable_row() -> str:
    """Name the first row that cannot be read and its columns, or ""."""
    for model, name in NAMES.items():
        for key in keys_of_unreadable_pages(model):
            if columns := unreadable_columns(model, key):
                return f"{name} {key} holds what the panel never writes: {', '.join(columns)}."
    return ""


def readable(page: QuerySet[Row], rows: QuerySet[Row]) -> tuple[list[Row], int]:
    """Give those of a page of rows that can be read, and how many cannot."""
    try:
        found = list(page)
    except UNREADABLE:
        keys = list(page.values_list("pk", flat=True))
        found = [row for key in keys for row in rows_or_none(rows.filter(pk=key))]
    else:
        keys = found
    sound = [row for row in found if has_its_kinds(row)]
    return sound, len(keys) - len(sound)


def readable_values(values: QuerySet, keys: list[int]) -> list[tuple[Any, ...]]:
    """Give the rows of texts and numbers of a page that can be read; their keys are `keys`."""
    try:
        found = list(values)
    except UNREADABLE:
        found = [row for key in keys for row in rows_or_none(values.filter(pk=key))]
    return [row for row in found if all(isinstance(value, str | int) for value in row)]


def rows_or_none(rows: QuerySet) -> list[Any]:
    try:
        return list(rows)
    except UNREADABLE:
        return []


def has_its_kinds(row: Model) -> bool:
    """Whether each column holds what belongs there: SQLite gives None for what is no time."""
    fields = row._meta.concrete_fields
    return all(isinstance(getattr(row, field.attname), kind_of(field)) for field in fields)


def keys_of_unreadable_pages(model: type[Model]) -> Iterator[int]:
    rows, keys = model.objects.order_by("pk"), [LOWEST]
    while keys := list(rows.filter(pk__gt=keys[-1]).values_list("pk", flat=True)[:PAGE]):
        page = rows.filter(pk__gte=keys[0], pk__lte=keys[-1])
        if not is_readable(page, model._meta.concrete_fields):
            yield from keys


def unreadable_columns(model: type[Model], key: int) -> list[str]:
    row = model.objects.filter(pk=key)
    row.values_list("pk").get()  # so that a database that is away is not taken for a bad row
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if not is_readable(row, [field])]


def is_readable(rows: QuerySet[Model], fields: list[Field]) -> bool:
    """Whether all rows can be read, and hold in these columns what belongs there."""
    kinds = [kind_of(field) for field in fields]
    try:
        return all(
            isinstance(value, kind)
            for row in rows.values_list(*(field.attname for field in fields))
            for value, kind in zip(row, kinds, strict=True)
        )
    except UNREADABLE:
        return False


def kind_of(field: Field) -> type | tuple[type, ...]:
    if isinstance(field, DateTimeField):
        return datetime
    if isinstance(field, CharField | TextField):
        return str
    return (int, type(None)) if field.null else int
