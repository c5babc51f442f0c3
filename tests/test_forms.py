"""What the forms take and what they say, apart from any page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mediajobs.forms import IntakeForm, JobForm, JobNotesForm
from mediajobs.models import Credential


def test_spaces_around_a_job_id_are_dropped(db):
    form = JobForm({"remote_id": " 0f4c2b1e-7a35 ", "path": "/media/enhance"})
    assert form.is_valid()
    assert form.cleaned_data["remote_id"] == "0f4c2b1e-7a35"


def test_the_link_to_a_known_job_escapes_its_label(make_job):
    job = make_job(label="<b>News</b>")
    form = JobForm({"remote_id": job.remote_id, "path": job.path})
    assert "&lt;b&gt;News&lt;/b&gt;" in form.errors["remote_id"][0]


def test_no_form_of_a_job_holds_anything_that_is_the_remotes_to_tell(db):
    assert set(JobForm().fields) == {"remote_id", "path", "label", "owner", "link", "note"}
    assert set(JobNotesForm().fields) == {"label", "owner", "link", "note"}


@pytest.mark.parametrize(
    ("form", "about"),
    [(JobForm, {"remote_id": "0f4c2b1e-7a35"}), (IntakeForm, {"text": "0f4c2b1e-7a35"})],
)
def test_an_app_has_to_be_chosen_where_the_settings_name_none(db, settings, form, about):
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    about = {**about, "path": "/media/enhance"}
    assert form(about).is_valid()
    assert ">of the settings<" in str(form()["credential"])
    settings.DOLBYIO_API_TOKEN = ""
    assert form(about).errors == {"credential": ["Choose the app that submitted this."]}
    assert ">choose …<" in str(form()["credential"])
    assert form({**about, "credential": sports.pk}).is_valid()


def test_an_intake_keeps_the_lines_of_a_paste_as_they_are(db):
    form = IntakeForm({"text": "\n\n a", "path": "/media/enhance"})
    assert form.is_valid()
    assert form.stream.read() == b"\n\n a"
    assert form.origin == "a pasted list"


def test_an_intake_gives_the_bytes_of_a_file(db):
    file = SimpleUploadedFile("jobs.csv", b"\xff\xfea\x00")
    form = IntakeForm({"path": "/media/enhance"}, {"file": file})
    assert form.is_valid()
    assert form.stream.read() == b"\xff\xfea\x00"
    assert form.origin == "the file “jobs.csv”"
