"""What the trail's list shows: what was asked for, how far it was looked for, how it stands."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from mediajobs.admin.lists import OwnFilters
from mediajobs.admin.trail_filter import OUTCOMES
from mediajobs.models import AuditAnchor, AuditCheckpoint, AuditEvent
from mediajobs.services.audit import (
    SearchIn,
    is_as_signed,
    known_keys,
    last_verified,
    newest,
    part_verified,
    readable,
)


class NewestFirst(Paginator):
    """Counting a trail of millions takes seconds: the newest are enough to page through.

    In their order, so that the index of the list is read and not the table.
    """

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        return self.object_list.values("pk")[: self.MOST].count()

    @property
    def is_capped(self) -> bool:
        return self.count == self.MOST


class TrailList(OwnFilters):
    """Narrows by filter and search in one; `selection` is None if either cannot be understood."""

    looked_back_to: datetime | None = None
    unreadable_count = 0

    def get_queryset(self, request: HttpRequest, **kwargs: Any) -> QuerySet[AuditEvent]:
        events = super().get_queryset(request, **kwargs)
        is_sound = self.search_form_class(request.GET).is_valid()
        self.selection = self.filter_specs[0].form.selection(self.query) if is_sound else None
        if self.selection is None:
            return events.none()
        found = newest(self.selection)
        self.looked_back_to = found.looked_back_to
        return events & found.events

    def get_results(self, request: HttpRequest) -> None:
        """Show the page without the rows that no driver can read; `unreadable_count` are some."""
        super().get_results(request)
        self.result_list, self.unreadable_count = readable(self.result_list, self.queryset)

    @property
    def searched_in(self) -> SearchIn:
        return SearchIn.JOB if self.selection.job_prefix else SearchIn.REASON

    @property
    def other_query(self) -> str:
        """Ask for the same text where it was not searched for."""
        (other,) = set(SearchIn) - {self.searched_in}
        return self.get_query_string({"search_in": other}, remove=["p"])

    @property
    def earlier_query(self) -> str:
        """Ask for what is earlier than what was looked at, which ends with a full second."""
        until = self.looked_back_to.replace(tzinfo=None)
        return self.get_query_string({"until": until.isoformat()}, remove=["p"])


def standing() -> dict[str, Any]:
    """Tell what is known of the trail as a whole: the last verification, the last checkpoint."""
    event, checkpoint = last_verified(), AuditCheckpoint.objects.first()
    return {
        "verified": event,
        "verified_part": event and part_verified(event),
        "verified_words": event and dict(OUTCOMES).get(event.outcome, event.outcome),
        "checkpoint": checkpoint,
        "is_as_signed": checkpoint and is_as_signed(checkpoint),
        "is_key_known": checkpoint and checkpoint.key_id in known_keys(),
        "troubles": AuditAnchor.objects.exclude(problem=""),
        "has_key": bool(settings.AUDIT_SIGNING_KEY),
    }
