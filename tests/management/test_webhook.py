"""webhook: shows, registers and removes the webhook of an app, and never prints a secret."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mediajobs.environment import Environment
from mediajobs.models import AuditEvent, Credential
from tests.management.running import environment, finished
from tests.services.webhooks.test_register import (
    FOREIGN,
    SECRET,
    SECRETS,
    URL,
    ask,
    held_by,
    the_database_fails_at,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def panel(settings):
    settings.MEDIA_WEBHOOK_SECRETS = [SECRET]
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org", "https://panel.example.com"]
    return settings


def webhook(*words):
    out = io.StringIO()
    call_command("webhook", *words, stdout=out)
    return out.getvalue()


def refused(*words):
    with pytest.raises(CommandError) as error:
        webhook(*words)
    return error.value.returncode, str(error.value)


def test_it_is_registered_at_the_panels_own_address_shown_and_removed(world):
    assert webhook("show") == "No webhook is registered.\n"
    assert webhook("register") == f"Registered: {URL}.\n"
    assert webhook("show") == f"This panel's: {URL} (headers: X-Panel-Secret).\n"
    assert webhook("remove") == "Removed.\n"
    assert webhook("remove") == "No webhook is registered.\n"
    assert AuditEvent.objects.latest("pk").actor.startswith("shell:")


def test_another_address_can_be_given(world):
    webhook("register", "--url", "https://other.example.com/panel/")
    assert held_by(world)["url"] == "https://other.example.com/panel/webhooks/media/"


def test_without_any_address_it_asks_for_one(world, panel):
    panel.CSRF_TRUSTED_ORIGINS = []
    status, said = refused("register")
    assert status == 2
    assert said == "Say where the media API reaches the panel: --url https://panel.example.com."
    assert webhook("show") == "No webhook is registered.\n"


def test_that_of_others_is_shown_kept_and_replaced_on_demand(world):
    ask(world, "POST", FOREIGN)
    said = [webhook("show"), *(refused(deed)[1] for deed in ("register", "remove"))]
    assert said[0].startswith("Not this panel's: https://workflow.example.com/hook/s3cret-1?… (")
    assert not any(secret in each for secret in SECRETS for each in said)
    assert refused("register")[0] == 2
    assert held_by(world) == FOREIGN
    assert webhook("register", "--replace") == f"Registered: {URL}.\n"


def test_that_of_others_is_removed_on_demand(world):
    ask(world, "POST", FOREIGN)
    assert webhook("remove", "--foreign") == "Removed.\n"


def test_an_app_has_its_own(world, panel):
    panel.ENVIRONMENT = Environment({"DOLBYIO_SPORTS_API_TOKEN": "test-token"})
    app = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    assert webhook("register", "--app", "Sports") == f"Registered: {URL}{app.pk}/.\n"
    assert refused("show", "--app", "News")[0] == 2


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("redirect", "Nothing was changed."), ("error", "Look with “webhook show”")],
)
def test_a_failing_remote_is_said_with_exit_status_1(world, fault, sentence):
    world.fault_next(fault)
    status, said = refused("register")
    assert (status, sentence in said) == (1, True)


def test_what_was_done_and_could_not_be_recorded_is_said_with_exit_status_1(world):
    with connection.execute_wrapper(the_database_fails_at(2)):
        status, said = refused("register")
    assert (status, said[:21]) == (1, "The media API took it")


def test_wrong_use_is_said_with_exit_status_2(tmp_path):
    for words in (["webhook"], ["webhook", "drop"], ["webhook", "show", "--replace"]):
        done = finished(*words, env=environment(tmp_path))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
