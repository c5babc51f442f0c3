"""The one webhook of an app: what is there is never lost unasked, and each change is on record."""

import itertools
import json

import pytest
from django.db import OperationalError, connection

from mediajobs.environment import Environment
from mediajobs.models import AuditEvent, Credential
from mediajobs.remote import Rejected, Unclear, Webhook
from mediajobs.services import webhooks
from mediajobs.services.audit import Actor
from mediajobs.services.webhooks.register import for_the_trail

SECRET, OLD = "new-secret-0123456789abcdef", "old-secret-0123456789abcdef"
URL = "https://panel.example.com/webhooks/media/"
BY = Actor.from_shell("ops")
FOREIGN = {
    "url": "https://user:pa55@workflow.example.com/hook/s3cret-1?token=t0ken",
    "headers": {"X-Api-Key": "f0reign-key", "Authorization": "Bearer f0reign-token"},
}
SECRETS = (SECRET, OLD, "pa55", "t0ken", "f0reign")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.MEDIA_WEBHOOK_SECRETS = [SECRET, OLD]
    return settings


def ask(world, method, callback=None, **query):
    headers = {"Authorization": "Bearer test-token"}
    body = json.dumps({"callback": callback}).encode() if callback else b""
    return json.loads(world.handle(method, "/media/webhooks", query, headers, body).body)


def held_by(world):
    (found,) = ask(world, "GET")
    return found["callback"]


def trail():
    """What came of each deed; what was to be done is on record before it."""
    asked, came = [], []
    for each in AuditEvent.objects.order_by("pk"):
        (asked if each.outcome == "asked" else came).append(each)
    words = [each.detail.removeprefix("To be asked of the media API: ") for each in asked]
    assert len(asked) == len(came)
    assert all(each.detail.startswith(f"{said}. ") for each, said in zip(came, words, strict=True))
    return [(each.kind, each.detail) for each in came]


def test_a_free_place_is_taken_with_our_first_secret(world):
    webhooks.register(None, URL, by=BY)
    assert held_by(world) == {"url": URL, "headers": {"X-Panel-Secret": SECRET}}
    words = f"{URL} with the header X-Panel-Secret. The media API took it."
    assert trail() == [("webhook.registered", words)]
    for event in AuditEvent.objects.all():
        assert (event.actor, event.channel) == ("shell:ops", "command")


@pytest.mark.parametrize(
    "present",
    [
        {"url": URL, "headers": {}},
        {"url": URL, "headers": {"X-Panel-Secret": OLD}},
        {"url": "https://old.example.com/webhooks/media/", "headers": {"X-Panel-Secret": OLD}},
    ],
    ids=["our address", "our old secret", "our secret at an old address"],
)
def test_ours_is_updated_in_its_place(world, present):
    webhook_id = ask(world, "POST", present)["webhook_id"]
    webhooks.register(None, URL, by=BY)
    assert held_by(world) == {"url": URL, "headers": {"X-Panel-Secret": SECRET}}
    assert ask(world, "GET")[0]["webhook_id"] == webhook_id
    assert [kind for kind, _ in trail()] == ["webhook.registered"]


def test_that_of_others_is_kept_and_what_would_be_lost_is_said_without_its_secrets(world):
    ask(world, "POST", FOREIGN)
    with pytest.raises(webhooks.NotAllowed) as refused:
        webhooks.register(None, URL, by=BY)
    words = str(refused.value)
    assert (
        "https://workflow.example.com/hook/s3cret-1?… (headers: Authorization, X-Api-Key)" in words
    )
    assert "--replace" in words
    assert not any(secret in words for secret in SECRETS)
    assert held_by(world) == FOREIGN
    assert trail() == []


def test_that_of_others_is_replaced_on_demand_and_what_was_lost_is_on_record(world):
    ask(world, "POST", FOREIGN)
    webhooks.register(None, URL, by=BY, instead_of_others=True)
    assert held_by(world)["url"] == URL
    ((kind, detail),) = trail()
    assert kind == "webhook.replaced"
    assert "instead of workflow.example.com …et-1 (headers: Authorization, X-Api-Key)" in detail
    assert not any(secret in detail for secret in (*SECRETS, "s3cret"))


def test_ours_is_removed_and_that_of_others_on_demand_alone(world):
    webhooks.register(None, URL, by=BY)
    assert webhooks.remove(None, "", by=BY)
    assert not webhooks.remove(None, "", by=BY)
    ask(world, "POST", FOREIGN)
    with pytest.raises(webhooks.NotAllowed, match="--foreign"):
        webhooks.remove(None, "", by=BY)
    assert held_by(world) == FOREIGN
    assert webhooks.remove(None, "", by=BY, of_others=True)
    assert ask(world, "GET") == []
    kinds = [kind for kind, _ in trail()]
    assert kinds == ["webhook.registered", "webhook.removed", "webhook.removed"]
    assert "workflow.example.com …et-1 (headers" in trail()[-1][1]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://w.example.com/hooks/T0/B0/xyzabcd?a=b", "w.example.com …abcd (headers: none)"),
        ("https://w.example.com/8chars00", "w.example.com (headers: none)"),
        ("https://name:word@w.example.com", "w.example.com (headers: none)"),
        ("https://w.example.com//hooks//s3cret", "w.example.com …cret (headers: none)"),
        ("name:word@w.example.com/hooks/s3cret", "w.example.com …cret (headers: none)"),
        ("", "an unknown address (headers: none)"),
    ],
)
def test_the_trail_is_told_the_host_and_the_end_of_a_long_address(url, words):
    assert for_the_trail(Webhook("webhook-1", url, {})) == words


def test_a_webhook_without_an_address_is_not_ours_for_want_of_one(world):
    unnamed = Webhook("webhook-1", "", {})
    assert not webhooks.is_ours(unnamed, "")


def test_a_refusal_is_no_deed_and_leaves_nothing_on_record(world):
    world.fault_next("redirect", "redirect")
    with pytest.raises(Rejected):
        webhooks.register(None, URL, by=BY)
    assert trail() == []


def test_what_the_media_api_refuses_is_on_record_as_not_done(world):
    world.fault_next("webhooks.slow")  # for the look before it
    world.fault_next("redirect")
    with pytest.raises(Rejected):
        webhooks.register(None, URL, by=BY)
    ((_, detail),) = trail()
    assert "Nothing was changed: " in detail
    assert AuditEvent.objects.latest("pk").outcome == "refused"


def test_nothing_is_asked_for_where_it_cannot_be_recorded(world):
    with connection.execute_wrapper(the_database_fails_at(1)), pytest.raises(OperationalError):
        webhooks.register(None, URL, by=BY)
    assert ask(world, "GET") == []


def test_what_the_media_api_took_is_said_where_it_cannot_be_recorded(world):
    ask(world, "POST", FOREIGN)
    with (
        connection.execute_wrapper(the_database_fails_at(2)),
        pytest.raises(webhooks.NotRecorded, match=r"^The media API took it\. The record .*: full"),
    ):
        webhooks.register(None, URL, by=BY, instead_of_others=True)
    assert held_by(world)["url"] == URL
    event = AuditEvent.objects.get()
    assert (event.kind, event.outcome) == ("webhook.replaced", "asked")


def the_database_fails_at(number):
    """Refuse the event of this number."""
    events = itertools.count(1)

    def fail(execute, sql, *rest):
        if "INSERT" in sql and next(events) == number:
            raise OperationalError("full")
        return execute(sql, *rest)

    return fail


def test_a_lost_answer_is_on_record_as_one(world):
    world.fault_next("webhooks.slow")  # for the look before it
    world.fault_next("webhooks.error_after")
    with pytest.raises(Unclear):
        webhooks.register(None, URL, by=BY)
    ((kind, detail),) = trail()
    assert kind == "webhook.registered"
    assert "Whether it took effect is not known: The media API failed" in detail


def test_an_app_is_registered_with_its_own_credentials_at_an_address_of_its_own(world, settings):
    settings.ENVIRONMENT = Environment({"DOLBYIO_SPORTS_API_TOKEN": "test-token"})
    app = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    url = webhooks.url_of("https://panel.example.com/", app)
    assert url == f"{URL}{app.pk}/"
    webhooks.register(app, url, by=BY)
    assert held_by(world)["url"] == url
    assert trail()[0][1].startswith(f"app “Sports”: {url}")


def test_without_a_secret_nothing_is_registered(world, secrets):
    secrets.MEDIA_WEBHOOK_SECRETS = []
    with pytest.raises(webhooks.NotAllowed, match="MEDIA_WEBHOOK_SECRETS is not set"):
        webhooks.register(None, URL, by=BY)
    assert not world.journal


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://panel.example.com/webhooks/media/", "in the clear"),
        ("ftp://panel.example.com/", "in the clear"),
        ("panel.example.com/webhooks/media/", "is no address"),
        ("https:///webhooks/media/", "is no address"),
        ("https://panel.example.com/?a=b", "is no address"),
        ("https://panel.example.com:99999/", "is no address"),
        ("https://[x/", "is no address"),
        ("https://pänel.example.com/", "is no address"),
        ("https://panel.example.com/a b", "is no address"),
        ("https://panel.example.com/\n", "is no address"),
    ],
)
def test_an_address_of_no_use_is_refused_before_anything_is_sent(world, url, sentence):
    with pytest.raises(webhooks.NotAllowed, match=sentence):
        webhooks.register(None, url, by=BY)
    assert not world.journal


def test_this_machine_may_be_told_in_the_clear(world):
    webhooks.register(None, "http://127.0.0.1:8000/webhooks/media/", by=BY)
    assert held_by(world)["url"] == "http://127.0.0.1:8000/webhooks/media/"
