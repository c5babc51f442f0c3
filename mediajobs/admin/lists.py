"""What a list takes from its address and its form: its own filters, and keys of rows."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

LONGEST_VALUE = 200
LONGEST_KEY = 18


class OwnFilters(ChangeList):
    """Narrows by the filters of the list alone.

    Django lets an address ask for any field by any lookup: a regular expression can hold a
    processor for hours, a value that the database refuses ends in an error page.
    """

    def get_filters(self, request: HttpRequest) -> tuple:
        found = super().get_filters(request)
        _, _, left_over, *_ = found
        values = [value for values in self.get_filters_params().values() for value in values]
        if left_over or not all(map(is_sound, values)):
            words = "This list cannot be filtered as the address asks; it is shown without filters."
            messages.warning(request, words)
            raise IncorrectLookupParameters(words)
        return found


class SoundListMixin(admin.ModelAdmin):
    """Refuses filters that the list does not have, and drops ticks that name no row.

    The list is named by what is in it, whether or not there is something to select.
    """

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OwnFilters

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        if not self.has_actions(request, request.POST.getlist("action")):
            raise PermissionDenied("You have no right to do this with what is ticked.")
        if ACTION_CHECKBOX_NAME in request.POST:
            drop_nonsense(request)
        drop_error_flag(request)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_actions(self, request: HttpRequest, chosen: list[str]) -> bool:
        """Whether each one chosen is there for this person; no choice is none too many."""
        return set(filter(None, chosen)) <= set(self.get_actions(request))


def is_sound(value: str) -> bool:
    return "\x00" not in value and len(value) <= LONGEST_VALUE


def drop_nonsense(request: HttpRequest) -> None:
    """Keep of the ticks those that could be keys; of none at all, not even the name."""
    request.POST = request.POST.copy()
    keys = [key for key in request.POST.pop(ACTION_CHECKBOX_NAME) if is_key(key)]
    if keys:
        request.POST.setlist(ACTION_CHECKBOX_NAME, keys)


def drop_error_flag(request: HttpRequest) -> None:
    """Keep it only where it stands alone: beside it a wrong filter would not be led to the list.

    Django then takes the database for broken, and says so.
    """
    if ERROR_FLAG in request.GET and len(request.GET) > 1:
        request.GET = request.GET.copy()
        del request.GET[ERROR_FLAG]


def is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY
