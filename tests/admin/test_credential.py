"""Apps besides that of the settings: managed by administrators, on record, shown where it helps."""

import re

import pytest
from django.urls import reverse

from mediajobs.environment import Environment
from mediajobs.models import AuditEvent, Credential, Job
from tests.admin.cancel_steps import draft, text
from tests.admin.record_steps import RECORD, read, sealed

LIST = "/mediajobs/credential/"
ADD = "/mediajobs/credential/add/"
SPORTS = {"name": "Sports", "place": "DOLBYIO_SPORTS"}


@pytest.fixture
def administrator(sign_in):
    return sign_in("administrator")


@pytest.fixture
def sports(db):
    return Credential.objects.create(**SPORTS)


def change(app):
    return reverse("admin:mediajobs_credential_change", args=[app.pk])


def told(kind):
    event = AuditEvent.objects.get(kind=kind)
    return event.actor, event.detail


def test_an_administrator_adds_changes_and_removes_an_app_and_the_trail_tells_it(administrator):
    administrator.post(ADD, SPORTS)
    app = Credential.objects.get()
    assert told("app.added") == ("administrator", "“Sports”, secret in DOLBYIO_SPORTS")
    administrator.post(change(app), {**SPORTS, "place": "/run/secrets/sports"})
    assert told("app.changed")[1] == (
        "“Sports”, secret in DOLBYIO_SPORTS → “Sports”, secret in /run/secrets/sports"
    )
    administrator.post(reverse("admin:mediajobs_credential_delete", args=[app.pk]), {"post": "yes"})
    assert told("app.removed")[1] == "“Sports”, secret in /run/secrets/sports"
    assert not Credential.objects.exists()


@pytest.mark.parametrize("is_set", [True, False])
def test_a_place_without_secrets_is_told_when_it_is_saved(administrator, settings, is_set):
    values = {"DOLBYIO_SPORTS_API_TOKEN": "token"} if is_set else {}
    settings.ENVIRONMENT = Environment(values)
    said = text(administrator.post(ADD, SPORTS, follow=True))
    assert ("It cannot be read yet. DOLBYIO_SPORTS_APP_KEY" in said) == (not is_set)
    assert Credential.objects.get().name == "Sports"


def test_a_secret_typed_in_place_of_its_place_is_refused_and_not_stored(administrator):
    answer = administrator.post(ADD, {"name": "Sports", "place": "sk-4f9a1c"})
    assert "Write where the secret lives, not the secret" in answer.content.decode()
    assert not Credential.objects.exists()
    assert not AuditEvent.objects.exists()


def test_an_app_with_jobs_is_kept(administrator, sports, make_job):
    make_job()
    Job.objects.update(credential=sports)
    page = administrator.post(
        reverse("admin:mediajobs_credential_delete", args=[sports.pk]), {"post": "yes"}
    )
    assert page.status_code in (200, 403)
    assert Credential.objects.get() == sports


def test_with_one_app_no_page_speaks_of_apps(sign_in, make_job):
    client, job = sign_in("bulk operator"), make_job()
    draft(job)
    pages = ["/mediajobs/job/", f"/mediajobs/job/{job.pk}/change/", "/mediajobs/job/add/"]
    for page in [*pages, RECORD, "/mediajobs/cancelbatch/"]:
        assert not {"App", "app"} & set(text(client.get(page)).split())
    form = {"text": "0f4c2b1e-1\n", "path": "/media/transcode"}
    assert "app" not in text(read(client.post(RECORD, form))).split()


def test_with_several_the_list_names_and_filters_them(sign_in, make_job, sports):
    client = sign_in("viewer")
    ours, theirs = make_job(), make_job()
    Job.objects.filter(pk=theirs.pk).update(credential=sports)
    assert "of the settings" in text(client.get("/mediajobs/job/"))
    of_sports = client.get(f"/mediajobs/job/?app={sports.pk}").content.decode()
    assert theirs.remote_id in of_sports
    assert ours.remote_id not in of_sports
    of_settings = client.get("/mediajobs/job/?app=settings").content.decode()
    assert theirs.remote_id not in of_settings
    assert ours.remote_id in of_settings


def test_with_several_the_cancellations_are_named_and_filtered_by_app(sign_in, make_job, sports):
    client = sign_in("bulk operator")
    ours, theirs = make_job(), make_job()
    Job.objects.filter(pk=theirs.pk).update(credential=sports)
    of_settings, of_sports = draft(ours), draft(theirs)
    words = text(client.get("/mediajobs/cancelbatch/"))
    assert "not confirmed, nothing sent 0 s Sports" in words
    assert "not confirmed, nothing sent 0 s of the settings" in words
    for value, batch in (("settings", of_settings), (sports.pk, of_sports)):
        shown = client.get("/mediajobs/cancelbatch/", {"app": value}).context["cl"].result_list
        assert [each.pk for each in shown] == [batch.pk]


def test_a_job_is_added_to_an_app(sign_in, sports, world):
    remote_id = world.add_job()
    form = {"remote_id": remote_id, "path": "/media/transcode", "credential": sports.pk}
    sign_in("operator").post("/mediajobs/job/add/", form)
    assert Job.objects.get().credential == sports


def test_pasted_jobs_are_those_of_the_chosen_app(sign_in, sports):
    client = sign_in("operator")
    form = {"text": "0f4c2b1e-1\n", "path": "/media/transcode", "credential": sports.pk}
    preview = read(client.post(RECORD, form))
    client.post(RECORD, sealed(preview))
    assert Job.objects.get().credential == sports


def test_a_preview_says_of_which_app_the_jobs_will_be_and_going_back_keeps_it(sign_in, sports):
    client = sign_in("operator")
    form = {"text": "0f4c2b1e-1\n", "path": "/media/transcode"}
    answer = read(client.post(RECORD, form))
    assert "New ones are recorded as jobs of the app of the settings ." in text(answer)
    preview = read(client.post(RECORD, form | {"credential": sports.pk}))
    assert "New ones are recorded as jobs of Sports ." in text(preview)
    back_form = preview.content.decode().partition('<form id="back"')[2]
    kept = dict(re.findall(r'name="(\w+)" value="([^"]*)"', back_form))
    back = client.post(RECORD, kept | {"back": "1"})
    assert f'<option value="{sports.pk}" selected>Sports</option>' in back.content.decode()


def test_an_app_removed_before_the_confirmation_is_said_and_nothing_is_stored(sign_in, sports):
    client = sign_in("operator")
    form = {"text": "0f4c2b1e-1\n", "path": "/media/transcode", "credential": sports.pk}
    preview = read(client.post(RECORD, form))
    sports.delete()
    answer = client.post(RECORD, sealed(preview))
    assert answer.status_code == 422
    assert "The app was removed meanwhile." in answer.content.decode()
    assert not Job.objects.exists()
