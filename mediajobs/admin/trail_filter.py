"""The filter beside the trail: who, what, outcome, channel and time, in one form."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from mediajobs.models import AttemptState, AuditKind, BatchState, Channel

OUTCOMES = [
    *AttemptState.choices,
    (BatchState.FINISHED.value, BatchState.FINISHED.label),
    (BatchState.ABORTED.value, BatchState.ABORTED.label),
]


def optional(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", "All"), *choices]


class MomentField(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_error_messages = {"invalid": "Write a time as 2026-01-31 or 2026-01-31T14:30."}


class TrailForm(forms.Form):
    actor = forms.CharField(label="Who", required=False, max_length=150)
    kind = forms.ChoiceField(label="What", required=False, choices=optional(AuditKind.choices))
    outcome = forms.ChoiceField(required=False, choices=optional(OUTCOMES))
    channel = forms.ChoiceField(label="Through", required=False, choices=optional(Channel.choices))
    since = MomentField(label="From (UTC)", required=False)
    until = MomentField(label="Before (UTC)", required=False)
    cancellation = forms.IntegerField(label="Cancellation number", required=False, min_value=1)


class TrailFilter(admin.ListFilter):
    """A filter that cannot be understood says so, and keeps nothing."""

    title = "events"
    template = "admin/mediajobs/auditevent/_filter.html"

    def __init__(self, request: HttpRequest, params: dict, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.form = TrailForm(self.used_parameters, auto_id="trail-%s")

    def expected_parameters(self) -> list[str]:
        return list(TrailForm.base_fields)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Hand the search on, so that the form keeps it."""
        yield {"search": changelist.query}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.form.is_valid():
            return queryset.none()
        wanted = {name: value for name, value in self.form.cleaned_data.items() if value}
        lookups = {"since": "at__gte", "until": "at__lt", "cancellation": "batch_id"}
        return queryset.filter(**{lookups.get(name, name): wanted[name] for name in wanted})
