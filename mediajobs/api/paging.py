"""Long lists page by page: a cursor names the last row that was told."""

from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Model, Q, QuerySet

from mediajobs.api.problems import Problem

SALT = "mediajobs.api.cursor"


def page_of(
    rows: QuerySet, *, by: tuple[str, ...], cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Give the rows after the cursor, in the order `by`, and the cursor of the next page.

    `by` ends in the key; all of it falls or all of it rises. Raises Problem for a cursor
    that is not ours or of a list in another order.
    """
    if cursor:
        rows = rows.filter(after(by, unsealed(by, cursor)))
    found = list(rows.order_by(*by)[: limit + 1])
    has_more = len(found) > limit
    return found[:limit], sealed(by, found[limit - 1]) if has_more else None


def after(by: tuple[str, ...], last: list[Any]) -> Q:
    """Say in words that an index understands: behind this row."""
    sign = "lt" if by[0].startswith("-") else "gt"
    first, *rest = (name.lstrip("-") for name in by)
    condition = Q(**{f"{first}__{sign}": last[0]})
    for name in rest:
        same = Q(**{first: last[0], f"{name}__{sign}": last[1]})
        condition = Q(**{f"{first}__{sign}e": last[0]}) & (condition | same)
    return condition


def sealed(by: tuple[str, ...], row: Model) -> str:
    values = [getattr(row, name.lstrip("-")) for name in by]
    written = [each.isoformat() if isinstance(each, datetime) else each for each in values]
    return signing.dumps([by, written], salt=SALT)


def unsealed(by: tuple[str, ...], cursor: str) -> list[Any]:
    try:
        order, last = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        order, last = None, []
    if order != list(by):
        detail = "This is no cursor of this list. Leave it out to begin anew."
        raise Problem(422, detail, [{"parameter": "cursor", "detail": detail}])
    return last
