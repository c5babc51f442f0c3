"""Where the settings have no credentials and there are apps, nothing new is recorded as theirs."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import AuditEvent, Credential, Job, JobSource
from mediajobs.services import intake
from mediajobs.services.audit import Actor
from tests.services.intake.test_store import ID

pytestmark = pytest.mark.django_db
BY = Actor.from_shell("ops")
PATH = "/media/transcode"


@pytest.fixture
def sports(settings):
    """The only app: the settings have no credentials."""
    settings.DOLBYIO_API_TOKEN = ""
    return Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")


def record_one(credential=None, number=1):
    about = {"path": PATH, "label": "Evening news", "credential": credential}
    intake.record_one(remote_id=ID.format(number), **about, by=BY)


def store(credential=None, number=1):
    rows = [intake.Row(1, ID.format(number), PATH, "Evening news", "", "", "")]
    about = {"by": BY, "source": JobSource.FILE, "origin": "a test", "credential": credential}
    intake.store(rows, **about)


def take(credential=None, number=1):
    rows = [intake.Row(0, ID.format(number), PATH, "Evening news", "", "", "")]
    intake.take(rows, by=BY, credential=credential)


WAYS = pytest.mark.parametrize("way", [record_one, store, take])


@WAYS
@pytest.mark.usefixtures("sports")
def test_a_job_of_no_app_that_is_read_is_refused(way):
    with pytest.raises(ValidationError, match="Name the app"):
        way()
    assert not Job.objects.exists()
    assert not AuditEvent.objects.exists()


@WAYS
def test_a_job_of_an_app_is_recorded(way, sports):
    way(sports)
    assert Job.objects.get().credential == sports


@WAYS
def test_a_job_that_is_known_is_named_without_its_app(way, sports):
    store(sports)
    way()
    assert Job.objects.get().label == "Evening news"


@WAYS
def test_the_only_app_is_that_of_the_settings_with_or_without_credentials(way, settings):
    settings.DOLBYIO_API_TOKEN = ""
    way()
    assert Job.objects.get().credential is None
