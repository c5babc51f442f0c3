"""The filter beside the trail: who, what, outcome, door, job, cancellation, time, in one form."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mediajobs.models import AttemptState, AuditKind, BatchState, Channel
from mediajobs.services.audit import SearchIn, Selection

OUTCOMES = [
    *AttemptState.choices,
    (BatchState.FINISHED.value, BatchState.FINISHED.label),
    ("finished_with_problems", "Finished with problems"),
    (BatchState.ABORTED.value, BatchState.ABORTED.label),
    ("asked", "Asked of the media API"),
    ("done", "Taken by the media API"),
    ("sound", "Sound"),
    ("tampered", "Tampered with"),
    ("lagging", "Lagging"),
    ("unchecked", "Could not be checked"),
]
MOST_NUMBER = 2**63 - 1
#: What the trail's columns are called where it is not as in the form.
COLUMNS = {"job": "job_id", "cancellation": "batch_id"}


class MomentField(forms.DateTimeField):
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "step": "any"}, format="%Y-%m-%dT%H:%M"
    )
    default_error_messages = {"invalid": "Write a time as 2026-01-31 or 2026-01-31T14:30."}

    def clean(self, value: Any) -> datetime | None:
        """Give the moment in UTC, where an hour of another zone may be of no year there is."""
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class PlainSelect(forms.Select):
    """Django renders a template for each option, which is a tenth of the time of the page."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        options = (
            (key, " selected" if key == (value or "") else "", words) for key, words in self.choices
        )
        return format_html(
            '<select name="{}"{}>{}</select>',
            name,
            flatatt(attrs),
            format_html_join("", '<option value="{}"{}>{}</option>', options),
        )


class OneOf(forms.ChoiceField):
    widget = PlainSelect

    def __init__(
        self, choices: list[tuple[str, str]], *, none: str = "All", **options: Any
    ) -> None:
        super().__init__(choices=[("", none), *choices], required=False, **options)


class TrailForm(forms.Form):
    actor = forms.CharField(label="Who", required=False, max_length=150)
    kind = OneOf(AuditKind.choices, label="What")
    outcome = OneOf(OUTCOMES)
    channel = OneOf(Channel.choices, label="Through")
    job = forms.CharField(label="Job", required=False, max_length=128)
    cancellation = forms.IntegerField(
        label="Cancellation number", required=False, min_value=1, max_value=MOST_NUMBER
    )
    since = MomentField(label="From (UTC)", required=False)
    until = MomentField(label="Before (UTC)", required=False)
    search_in = OneOf(SearchIn.choices, none="As its form suits", label="Search")

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        since, until = found.get("since"), found.get("until")
        if since and until and since >= until:
            self.add_error("until", "This is not after “From”: nothing lies between them.")
        return found

    def selection(self, text: str) -> Selection | None:
        """Say which events are meant, with those that a search is for; None if that is unclear."""
        if not self.is_valid():
            return None
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        search_in = SearchIn(wanted.pop("search_in", None) or SearchIn.suiting(text))
        words = [self.words(name, value) for name, value in wanted.items()]
        words += [f"{search_in.label}: {text.strip()}"] if text.strip() else []
        time = {name: wanted.pop(name, None) for name in ("since", "until")}
        facts = {COLUMNS.get(name, name): value for name, value in wanted.items()}
        return Selection.of(text, search_in, facts=facts, words="; ".join(words), **time)

    def words(self, name: str, value: Any) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return f"{self[name].label}: {choices.get(value, value)}"


class TrailFilter(admin.ListFilter):
    """A filter that cannot be understood says so, and keeps nothing; see TrailList."""

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
        return queryset
