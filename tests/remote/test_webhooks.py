"""Webhooks of an app: read in every shape, registered, replaced and removed, and no secret told."""

import json

import pytest
from responses.matchers import json_params_matcher, query_param_matcher

from mediajobs.remote import (
    EndpointMissing,
    Rejected,
    Throttled,
    Unclear,
    Unreadable,
    Webhook,
    WebhookNotFound,
)

WEBHOOKS = "https://api.media.test/media/webhooks"
ID = "webhook-0123456789abcdef0123456789abcdef"
URL = "https://panel.example.com/webhooks/media/"
SECRET = "0123456789abcdef-of-the-panel"
ROW = {"webhook_id": ID, "callback": {"url": URL, "headers": {"X-Panel-Secret": SECRET}}}
BODY = {"callback": {"url": URL, "headers": {"X-Panel-Secret": SECRET}}}
PROBLEM = {"type": "/problems/not-found", "title": "Not found", "status": 404}


@pytest.mark.parametrize("answer", [[ROW], ROW])
def test_an_array_and_a_single_object_are_read_alike(client, remote, answer):
    remote.get(WEBHOOKS, json=answer)
    assert client.webhooks() == [Webhook(ID, URL, {"X-Panel-Secret": SECRET})]


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", " [] \n"])
def test_an_empty_answer_says_that_nothing_is_registered(client, remote, body):
    remote.get(WEBHOOKS, body=body)
    assert client.webhooks() == []


@pytest.mark.parametrize("body", ["", json.dumps(PROBLEM)])
def test_a_404_about_the_webhook_says_that_nothing_is_registered(client, remote, body):
    remote.get(WEBHOOKS, body=body, status=404)
    assert client.webhooks() == []


def test_a_404_of_the_gateway_says_that_the_address_is_gone(client, remote):
    remote.get(WEBHOOKS, json={"message": "Not Found"}, status=404)
    with pytest.raises(EndpointMissing):
        client.webhooks()


@pytest.mark.parametrize(
    ("callback", "url", "headers"),
    [
        (None, "", {}),
        ("https://x", "", {}),
        ({"url": 7, "headers": "x"}, "", {}),
        ({"url": "https://x/", "headers": None}, "https://x/", {}),
        ({"url": "https://x/", "headers": ["x-job-id", 7]}, "https://x/", {"x-job-id": ""}),
        ({"url": "https://x/\x1b[2J\x00", "headers": {"a": 1}}, "https://x/\ufffd[2J", {"a": ""}),
    ],
)
def test_a_webhook_of_any_make_is_read_as_far_as_it_goes(client, remote, callback, url, headers):
    remote.get(WEBHOOKS, json=[{"webhook_id": ID, "callback": callback, "more": 1}])
    assert client.webhooks() == [Webhook(ID, url, headers)]


@pytest.mark.parametrize(
    "body",
    [
        *("<html>", "7", '"x"', "[7]", "[[]]", '{"webhooks": []}', '{"webhook_id": ""}', "[{}]"),
        json.dumps([ROW, {"callback": BODY["callback"]}]),
        "[" * 50_000,
        json.dumps([ROW] * 20_000),  # longer than 1 MiB
    ],
)
def test_what_does_not_look_like_webhooks_is_no_empty_place(client, remote, body):
    remote.get(WEBHOOKS, body=body)
    with pytest.raises(Unreadable) as caught:
        client.webhooks()
    assert caught.value.answer.text == ""


def test_a_first_webhook_is_created_by_post(client, remote):
    remote.post(
        WEBHOOKS,
        json={"webhook_id": ID},
        match=[json_params_matcher(BODY), query_param_matcher({})],
    )
    client.register_webhook(URL, {"X-Panel-Secret": SECRET})


def test_the_one_that_is_there_is_updated_by_put_with_its_id(client, remote):
    match = [json_params_matcher(BODY), query_param_matcher({"id": ID})]
    remote.put(WEBHOOKS, json={"webhook_id": ID}, match=match)
    client.register_webhook(URL, {"X-Panel-Secret": SECRET}, instead_of=ID)


@pytest.mark.parametrize("body", ["", "{}", "not JSON", '{"webhook_id": 7}'])
def test_any_body_of_a_2xx_is_a_yes(client, remote, body):
    remote.post(WEBHOOKS, body=body, status=201)
    client.register_webhook(URL, {})


def test_a_webhook_is_removed_by_its_id_and_without_a_body(client, remote):
    remote.delete(WEBHOOKS, status=204, match=[query_param_matcher({"id": ID})])
    client.remove_webhook(ID)
    assert remote.calls[0].request.body is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, json.dumps(PROBLEM), WebhookNotFound),
        (404, "", WebhookNotFound),
        (404, "<html>", EndpointMissing),
        (400, "{}", Rejected),
        (409, "{}", Rejected),
        (429, "", Throttled),
        (500, "", Unclear),
    ],
)
def test_a_refusal_says_what_may_be_done_next(client, remote, status, body, kind):
    for method in (remote.put, remote.delete):
        method(WEBHOOKS, body=body, status=status)
    for deed in (
        lambda: client.register_webhook(URL, {}, instead_of=ID),
        lambda: client.remove_webhook(ID),
    ):
        with pytest.raises(kind) as caught:
            deed()
        assert type(caught.value) is kind


def test_the_unknown_webhook_is_called_one(client, remote):
    remote.delete(WEBHOOKS, json=PROBLEM, status=404)
    with pytest.raises(WebhookNotFound, match="The media API knows no such webhook"):
        client.remove_webhook(ID)


def test_a_refusal_that_quotes_the_secret_is_kept_without_it(client, remote):
    refusal = {"title": "Bad header", "detail": f"X-Panel-Secret: {SECRET} is not allowed"}
    remote.post(WEBHOOKS, json=refusal, status=400)
    with pytest.raises(Rejected) as caught:
        client.register_webhook(URL, {"X-Panel-Secret": SECRET})
    assert SECRET not in str(caught.value) + caught.value.answer.text
    assert "[secret] is not allowed" in str(caught.value)


def test_no_secret_shows_when_a_webhook_is_printed():
    assert SECRET not in repr(Webhook(ID, URL, {"X-Panel-Secret": SECRET}))
