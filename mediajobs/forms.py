"""What people type in."""

import io
import re
from typing import Any, BinaryIO

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.html import format_html

from mediajobs.models import CancelBatch, Credential, Job, ReasonCategory
from mediajobs.models.job import MEDIA_PATHS

#: Above this, the number of jobs is typed before their cancellation is requested.
TYPED_ABOVE = 100
APIS = [(path, path) for path in MEDIA_PATHS]
CHOOSE_API = "Choose the API that the job was submitted to."


def most_of(name: str) -> int:
    return Job._meta.get_field(name).max_length


TOO_LONG = {
    name: {"max_length": f"This is too long: shorten it to {most_of(name):,} characters."}
    for name in ("remote_id", "label", "owner", "link", "note")
}
#: What people and pipelines say of a job, in the order of forms.
SAID = ["label", "owner", "link", "note"]
SAID_IN = {
    "label": forms.TextInput(attrs={"size": 40}),
    "owner": forms.TextInput(attrs={"size": 40}),
    "link": forms.TextInput(attrs={"size": 40, "inputmode": "url"}),
    "note": forms.Textarea(attrs={"rows": 3, "cols": 60}),
}


class AppField(forms.ModelChoiceField):
    """Which app a job is of; forms drop it where there is only that of the settings."""

    def __init__(self) -> None:
        super().__init__(
            Credential.objects.all(),
            label="App",
            required=False,
            empty_label="of the settings",
            error_messages={"required": "Choose the app that submitted this."},
        )


class JobForm(forms.ModelForm):
    """A new job; its status is the remote's to tell."""

    credential = AppField()

    path = forms.ChoiceField(
        label="API",
        choices=APIS,
        help_text="The API that the job was submitted to.",
        error_messages={"required": CHOOSE_API, "invalid_choice": CHOOSE_API},
    )

    class Meta:
        model = Job
        fields = ["remote_id", "path", "credential", *SAID]
        widgets = {
            "remote_id": forms.TextInput(attrs={"size": 40, "autocomplete": "off"}),
        } | SAID_IN
        help_texts = {
            "remote_id": "As the API gave it out when the job was submitted.",
            "label": "A name for people, such as the title of the programme.",
        }
        error_messages = TOO_LONG | {
            "remote_id": {"required": "Write the job id, as the API gave it out."}
            | TOO_LONG["remote_id"]
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_lonely_app(self)

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
        fields = SAID
        widgets = SAID_IN
        error_messages = TOO_LONG


def drop_lonely_app(form: forms.BaseForm) -> None:
    """Ask for the app only where there is a choice, which has to be made where none is usual."""
    apps = Credential.apps()
    if apps == [None]:
        del form.fields["credential"]
    elif None not in apps:
        field = form.fields["credential"]
        field.required, field.empty_label = True, "choose …"


def too_big() -> str:
    megabytes = settings.INTAKE_MAX_FILE_BYTES // 1024**2
    return (
        f"This is too big: the most is {megabytes} MB at once. Split it, or give the whole file "
        "to “python manage.py record_jobs --path /media/… FILE”."
    )


class IntakeForm(forms.Form):
    """Many job ids, pasted or as a file."""

    text = forms.CharField(
        label="Paste here",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 12, "cols": 90, "spellcheck": "false", "class": "mono"}
        ),
    )
    file = forms.FileField(label="or choose a file", required=False, allow_empty_file=True)
    path = forms.ChoiceField(
        label="API",
        choices=APIS,
        help_text="For the lines that do not name one.",
        error_messages={"required": CHOOSE_API, "invalid_choice": CHOOSE_API},
    )
    credential = AppField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_lonely_app(self)

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and not file.size:
            raise ValidationError("The file is empty. Choose one with a job id on each line.")
        if file and file.size > settings.INTAKE_MAX_FILE_BYTES:
            raise ValidationError(too_big(), code="too_big")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        text, file = cleaned.get("text", "").strip(), cleaned.get("file")
        if text and file:
            raise ValidationError("Paste job ids or choose a file, not both.")
        if not text and not file and not self.errors:
            raise ValidationError("There is nothing here yet. Paste job ids or choose a file.")
        return cleaned

    @property
    def stream(self) -> BinaryIO:
        """What was given, as bytes; ask for it once the form is valid."""
        file = self.cleaned_data["file"]
        return file.file if file else io.BytesIO(self.cleaned_data["text"].encode())

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        file = self.cleaned_data["file"]
        return f"the file “{file.name}”" if file else "a pasted list"


class ReasonForm(forms.Form):
    """Why a cancellation is requested; how long a reason may be is for the services to say.

    `mail_obstacle` says why nobody can be told by e-mail of what comes of it.
    """

    category = forms.ChoiceField(
        label="Kind of reason",
        choices=[("", "Choose …"), *ReasonCategory.choices],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose what kind of reason it is."
        ),
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        error_messages={"required": "Write why, for whoever reads the record later."},
    )
    mails_requester = forms.BooleanField(label="E-mail me when it ends or stops", required=False)

    def __init__(self, *args: Any, mail_obstacle: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if mail_obstacle:
            # A field that is disabled keeps to its initial value, whatever was posted.
            self.initial.pop("mails_requester", None)
            field = self.fields["mails_requester"]
            field.disabled, field.help_text = True, mail_obstacle


class ConfirmForm(ReasonForm):
    """Why the jobs of a draft are to be cancelled and, when they are many, their number typed.

    `count` is the number that the page showed, carried along signed: jobs end while somebody
    writes the reason, and the number to type must not change under their hands.
    """

    typed_count = forms.CharField(
        label="Number of jobs",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 12}),
        error_messages={"required": "Type the number of jobs."},
    )

    def __init__(self, *args: Any, batch: CancelBatch, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["category", "reason", "typed_count"])
        self.batch, self.count = batch, self.count_shown(batch) or count
        self.fields["typed_count"].help_text = f"Type {self.count:,} to confirm."
        if self.count <= TYPED_ABOVE:
            del self.fields["typed_count"]

    def count_shown(self, batch: CancelBatch) -> int | None:
        """Read the number that the page showed, unless it was not ours or for another draft."""
        try:
            batch_id, count = signing.loads(self.data.get("shown", ""))
        except signing.BadSignature:
            return None
        return count if batch_id == batch.pk else None

    @property
    def shown(self) -> str:
        """The number on the page, signed."""
        return signing.dumps([self.batch.pk, self.count])

    def clean_typed_count(self) -> str:
        typed = self.cleaned_data["typed_count"]
        if re.sub(r"[\s.,]", "", typed) != str(self.count):
            raise ValidationError(f"“{typed[:20]}” is not {self.count:,}, the number of jobs.")
        return typed
