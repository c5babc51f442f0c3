"""What people type in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html

from mediajobs.models import Job, ReasonCategory
from mediajobs.models.job import MEDIA_PATHS

APIS = [(path, path) for path in MEDIA_PATHS]


class JobForm(forms.ModelForm):
    """A new job; its status is the remote's to tell."""

    path = forms.ChoiceField(
        label="API", choices=APIS, help_text="The API that the job was submitted to."
    )

    class Meta:
        model = Job
        fields = ["remote_id", "path", "label", "note"]
        widgets = {
            "remote_id": forms.TextInput(attrs={"size": 40, "autocomplete": "off"}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "remote_id": "As the API gave it out when the job was submitted.",
            "label": "A name for people, such as the title of the programme.",
        }

    def clean_remote_id(self) -> str:
        remote_id = self.cleaned_data["remote_id"]
        known = Job.objects.filter(remote_id=remote_id).first()
        if known:
            link = reverse("admin:mediajobs_job_change", args=[known.pk])
            sentence = 'This job is here already: <a href="{}">{}</a>.'
            raise ValidationError(format_html(sentence, link, known))
        return remote_id


class JobNotesForm(forms.ModelForm):
    """What people add to a job that is known."""

    class Meta:
        model = Job
        fields = ["label", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}


class IntakeForm(forms.Form):
    """Many job ids, pasted or as a file."""

    text = forms.CharField(
        label="Paste here",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono"}),
    )
    file = forms.FileField(label="or choose a file", required=False, allow_empty_file=True)
    path = forms.ChoiceField(
        label="API", choices=APIS, help_text="For the lines that do not name one."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        text, file = cleaned.get("text", "").strip(), cleaned.get("file")
        if text and file:
            raise ValidationError("Paste job ids or choose a file, not both.")
        if not text and not file and not self.errors:
            raise ValidationError("There is nothing here yet. Paste job ids or choose a file.")
        return cleaned


class ReasonForm(forms.Form):
    """Why a cancellation is requested; how long a reason may be is for the services to say."""

    category = forms.ChoiceField(
        label="Kind of reason",
        choices=[("", "Choose …"), *ReasonCategory.choices],
        error_messages={"required": "Choose what kind of reason it is."},
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        error_messages={"required": "Write why, for whoever reads the record later."},
    )
