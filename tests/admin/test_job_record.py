"""Paste or upload many: preview, confirmation, and every bad input in a sentence."""

import html
import random
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mediajobs.admin.record import BESIDE_ROWS
from mediajobs.models import AuditEvent, Credential, Job, JobSource
from tests.admin.record_steps import RECORD, read, sealed

ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"


@pytest.fixture
def operator_client(sign_in):
    return sign_in("operator")


def text(answer):
    return html.unescape(answer.content.decode())


def previewed(client, content, **about):
    form = {"text": content, "path": "/media/transcode"} | about
    return read(client.post(RECORD, form))


def uploaded(client, content, name="jobs.csv"):
    return previewed(client, "", file=SimpleUploadedFile(name, content))


def test_a_preview_counts_and_stores_nothing(operator_client, make_job):
    known = make_job().remote_id
    answer = previewed(operator_client, f"{ID.format(1)}\n{known}\nabc\n{ID.format(1)}\n")
    said = text(answer)
    assert answer.status_code == 200
    for words in ("1</span> new", "1</span> known", "1</span> repeated", "1</span> malformed"):
        assert words in said
    assert "<td>3</td><td>“abc” is not a job id." in said
    assert re.search(r"Record 1 job\s*</button>", said)
    assert Job.objects.count() == 1


def test_a_confirmation_stores_exactly_what_was_previewed(operator_client):
    preview = previewed(operator_client, f"{ID.format(1)}\n{ID.format(2)},/media/master,News\nabc")
    answer = operator_client.post(RECORD, sealed(preview), follow=True)
    assert "2 jobs recorded. Their status is unknown until a worker has read it." in text(answer)
    assert set(Job.objects.values_list("remote_id", "path", "label", "source")) == {
        (ID.format(1), "/media/transcode", "", JobSource.FILE),
        (ID.format(2), "/media/master", "News", JobSource.FILE),
    }
    assert AuditEvent.objects.get().detail == "2 new from a pasted list; 0 known already"


def test_a_confirmation_that_can_store_nothing_says_why(operator_client, settings):
    form = sealed(previewed(operator_client, ID.format(1)))
    settings.DOLBYIO_API_TOKEN = ""
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    answer = operator_client.post(RECORD, form)
    assert answer.status_code == 422
    assert "No app is named, and the settings have no credentials" in text(answer)
    assert not Job.objects.exists()


def test_a_second_confirmation_stores_nothing_more(operator_client):
    preview = previewed(operator_client, ID.format(1))
    operator_client.post(RECORD, sealed(preview))
    answer = operator_client.post(RECORD, sealed(preview), follow=True)
    assert "0 jobs recorded; 1 known already." in text(answer)
    assert AuditEvent.objects.count() == 1


def test_a_file_is_read_and_named_in_the_trail(operator_client):
    content = f"job_id;label\r\n{ID.format(1)};naïve\r\n".encode("utf-16")
    preview = uploaded(operator_client, content, "monday.csv")
    operator_client.post(RECORD, sealed(preview))
    assert Job.objects.get().label == "naïve"
    assert "the file “monday.csv”" in AuditEvent.objects.get().detail


@pytest.mark.parametrize("name", ["sealed", "rows"])
@pytest.mark.parametrize(
    "broken",
    [lambda text: text[:-1] + "!", lambda text: "A" + text[1:], lambda text: "", str.lower],
)
def test_a_seal_or_rows_that_were_changed_store_nothing(operator_client, name, broken):
    preview = previewed(operator_client, ID.format(1))
    form = sealed(preview)
    answer = operator_client.post(RECORD, form | {name: broken(form[name])})
    assert answer.status_code == 422
    assert "This preview is too old, or not yours." in text(answer)
    assert not Job.objects.exists()


def test_the_preview_of_somebody_else_is_refused(operator_client, make_user):
    preview = previewed(operator_client, ID.format(1))
    operator_client.force_login(make_user("bulk operator"))
    assert operator_client.post(RECORD, sealed(preview)).status_code == 422
    assert not Job.objects.exists()


def test_a_preview_without_anything_new_offers_no_confirmation(operator_client, make_job):
    said = text(previewed(operator_client, make_job().remote_id))
    assert "A pasted list holds nothing that is new here." in said
    assert 'name="sealed"' not in said


def test_going_back_from_a_preview_keeps_what_was_pasted_malformed_lines_too(operator_client):
    pasted = f"\n{ID.format(1)},,<News>\nabc\n"
    said = previewed(operator_client, pasted).content.decode()
    fields = dict(re.findall(r'type="hidden" name="(text|path)" value="([^"]*)"', said))
    form = {name: html.unescape(value) for name, value in fields.items()}
    assert form["text"] == pasted
    answer = operator_client.post(RECORD, form | {"back": "1"})
    assert answer.status_code == 200
    assert answer.context["form"]["text"].value() == pasted
    assert answer.context["form"]["path"].value() == form["path"]
    assert "&lt;News&gt;" in answer.content.decode()
    assert not Job.objects.exists()


def test_going_back_from_the_preview_of_a_file_keeps_what_was_chosen_beside_it(operator_client):
    file = SimpleUploadedFile("jobs.csv", ID.format(1).encode())
    said = text(previewed(operator_client, "", file=file, path="/media/master"))
    form = dict(re.findall(r'type="hidden" name="(text|path)" value="([^"]*)"', said))
    assert form == {"text": "", "path": "/media/master"}
    answer = operator_client.post(RECORD, form | {"back": "1"})
    assert answer.context["form"]["path"].value() == "/media/master"


def test_known_jobs_without_a_name_are_named_after_a_look(operator_client, make_job):
    job = make_job()
    preview = previewed(operator_client, f"{job.remote_id},,News")
    said = text(preview)
    for words in ("0</span> new", "1</span> known, would be named", "0</span> known already"):
        assert words in said
    assert "Known: what is empty there would be filled in, from a pasted list" in said
    assert re.search(r"<button class=\"button primary\">Name 1 job\s*</button>", said)
    answer = operator_client.post(RECORD, sealed(preview), follow=True)
    assert "0 jobs recorded; 1 named." in text(answer)
    job.refresh_from_db()
    assert job.label == "News"


def test_a_preview_with_new_jobs_and_with_known_ones_to_name_says_both(operator_client, make_job):
    preview = previewed(operator_client, f"{make_job().remote_id},,News\n{ID.format(1)}")
    assert "Record 1 job and name 1" in text(preview)
    operator_client.post(RECORD, sealed(preview))
    assert Job.objects.get(label="News")
    assert Job.objects.get(remote_id=ID.format(1))


@pytest.mark.parametrize("content", ["", "  \n \n"])
def test_nothing_at_all_gets_a_sentence(operator_client, content):
    answer = previewed(operator_client, content)
    assert answer.status_code == 422
    assert "There is nothing here yet." in text(answer)


def test_a_paste_and_a_file_together_get_a_sentence(operator_client):
    file = SimpleUploadedFile("jobs.csv", b"x")
    answer = previewed(operator_client, ID.format(1), file=file)
    assert answer.status_code == 422
    assert "not both" in text(answer)


def test_an_empty_file_gets_a_sentence(operator_client):
    answer = uploaded(operator_client, b"")
    assert answer.status_code == 422
    assert "The file is empty." in text(answer)


def test_a_binary_file_gets_a_sentence(operator_client):
    answer = uploaded(operator_client, b"\x7fELF\0\0")
    assert answer.status_code == 422
    assert "Line 1 is not text" in text(answer)


def test_a_file_that_is_too_big_gets_a_sentence(operator_client, settings):
    settings.INTAKE_MAX_FILE_BYTES = 1024**2
    answer = uploaded(operator_client, b"x" * (1024**2 + 1))
    assert answer.status_code == 413
    assert "the most is 1 MB at once" in text(answer)
    assert "python manage.py record_jobs --path /media/… FILE" in text(answer)


def test_a_paste_that_is_too_big_gets_a_sentence(operator_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
    answer = previewed(operator_client, "x" * (1024**2 + 1))
    assert answer.status_code == 413
    assert "the most is 10 MB at once" in text(answer)


def test_what_could_not_be_confirmed_is_refused_at_the_preview(operator_client, settings):
    signs = random.Random(1)
    labels = ["".join(chr(signs.randrange(0x4E00, 0x9FFF)) for _ in range(60)) for _ in range(99)]
    lines = [f"{ID.format(number)},,{label}" for number, label in enumerate(labels)]
    content = "\n".join(lines).encode()
    fits = len(sealed(uploaded(operator_client, content))["rows"]) + BESIDE_ROWS
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = fits - 1
    answer = uploaded(operator_client, content)
    assert answer.status_code == 422
    assert "too long to be confirmed in one piece" in text(answer)
    assert "python manage.py record_jobs --path /media/… FILE" in text(answer)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = fits
    form = sealed(uploaded(operator_client, content)) | {"csrfmiddlewaretoken": "x" * 64}
    assert operator_client.post(RECORD, form).status_code == 302
    assert Job.objects.count() == 99


def test_a_form_of_another_site_is_refused(make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("operator"))
    assert previewed(client, ID.format(1)).status_code == 403
