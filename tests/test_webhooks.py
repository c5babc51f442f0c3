"""The vendor's door: what comes with our secret is stored, and nothing in it is believed."""

import hashlib
import json
import logging
import threading
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from gunicorn.http.body import ChunkedReader
from gunicorn.http.unreader import IterUnreader

from mediajobs import webhooks
from mediajobs.models import AuditEvent, AuditKind, DeliveryState, Job, WebhookDelivery
from mediajobs.services import tally
from tests.locking import held, wait_at_most

OLD, NEW = "old-secret-0123456789abcdef", "new-secret-0123456789abcdef"
JOB = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44"
BODY = {"job_id": JOB, "path": "/media/diagnose", "status": "Success", "progress": 100}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.MEDIA_WEBHOOK_SECRETS = [NEW, OLD]
    return settings


@pytest.fixture
def deliver(client):
    def deliver(body=BODY, address="/webhooks/media/", *, secret=NEW, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"X-Panel-Secret": secret} if secret is not None else {}
        return client.post(address, raw, content_type="application/json", headers=given | headers)

    return deliver


def test_a_delivery_is_stored_as_it_came_and_changes_nothing(deliver, make_job):
    job = make_job()
    body = json.dumps(BODY | {"job_id": job.remote_id, "status": "Failed"}, indent=3).encode()
    answer = deliver(body)
    assert (answer.status_code, answer.content) == (200, b"Taken.\n")
    stored = WebhookDelivery.objects.get()
    assert stored.body == body.decode()
    assert stored.digest == hashlib.sha256(body).hexdigest()
    assert (stored.job_id, stored.app, stored.address) == (job.remote_id, "settings", "127.0.0.1")
    assert (stored.state, stored.handled_at) == (DeliveryState.RECEIVED, None)
    job.refresh_from_db()
    assert job.status == "running"


def test_the_address_names_the_app(deliver):
    deliver(address="/webhooks/media/7/")
    deliver(address=f"/webhooks/media/{'9' * 50}/")
    assert [each.app for each in WebhookDelivery.objects.order_by("pk")] == ["7", "9" * 32]


def test_a_duplicate_and_an_unknown_job_are_no_faults_of_the_sender(deliver):
    assert [deliver().status_code for _ in range(3)] == [200, 200, 200]
    assert not Job.objects.exists()


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_each_of_our_secrets_is_accepted_so_that_they_can_be_changed(deliver, secret):
    assert deliver(secret=secret).status_code == 200


@pytest.mark.parametrize("secret", [None, "", "x", NEW[:-1], NEW + " ,", f"{NEW},{OLD}", "ü" * 30])
def test_without_a_right_secret_nothing_is_stored(deliver, secret):
    answer = deliver(secret=secret)
    assert answer.status_code == 400
    assert answer.content.decode().startswith("X-Panel-Secret is missing or wrong.")
    assert not WebhookDelivery.objects.exists()


def test_without_secrets_nobody_has_a_right_one(deliver, secrets):
    secrets.MEDIA_WEBHOOK_SECRETS = []
    assert [deliver(secret=secret).status_code for secret in ("", None, NEW)] == [400] * 3


def test_a_secret_that_was_taken_out_is_wrong(deliver, secrets):
    secrets.MEDIA_WEBHOOK_SECRETS = [NEW]
    assert deliver(secret=OLD).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"job_id=1", b"\xff\xfe\x00", b'{"job_id": "\xff"}', b"\x00"),
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"9" * 60_000,
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence_and_kept_as_evidence(deliver, body):
    answer = deliver(body)
    assert answer.status_code == 400
    assert answer.content.decode() == (
        "The body is not JSON, and no header names a job. Send JSON with a job_id.\n"
    )
    stored = WebhookDelivery.objects.get()
    assert (stored.state, stored.job_id) == (DeliveryState.UNREADABLE, "")
    assert stored.digest == hashlib.sha256(body).hexdigest()
    assert stored.body == body.decode("utf-8", "replace").replace("\x00", "\ufffd")


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], None, 7, "x", [[]], [7], {"job_id": None}, {"job_id": 12345678}),
        *({"job_id": ""}, {"job_id": " " + JOB}, {"job_id": JOB + "\x00"}, {"job_id": "x" * 129}),
        *({"job_id": "0123456789" + chr(0xD800)}, {"job_id": [JOB]}, {"job_id": {"a": JOB}}),
        {"path": "/media/diagnose", "status": "Success"},
    ],
)
def test_what_names_no_job_is_taken_and_says_so(deliver, body):
    assert deliver(body).status_code == 200
    stored = WebhookDelivery.objects.get()
    assert (stored.state, stored.job_id) == (DeliveryState.UNKNOWN, "")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY | {"more": [1, {"job_id": "other-job-1"}], "result": {"x": None}}, {}),
        ([BODY], {}),
        ([BODY, BODY | {"job_id": "other-job-1"}], {}),
        ({"status": "Success"}, {"X-Job-Id": JOB}),
        ({"job_id": 7}, {"X-Job-Id": JOB}),
        (BODY, {"X-Job-Id": "other-job-1"}),
        (b"", {"X-Job-Id": JOB}),
        (b"\xef\xbb\xbf" + json.dumps(BODY).encode(), {}),
        (json.dumps(BODY | {"job_id": JOB}).encode("utf-16"), {}),
    ],
)
def test_the_job_is_found_in_whatever_form_it_is_named(deliver, body, headers):
    assert deliver(body, **headers).status_code == 200
    stored = WebhookDelivery.objects.get()
    assert (stored.state, stored.job_id) == (DeliveryState.RECEIVED, JOB)


def test_a_body_is_taken_up_to_64_kib_and_no_further(deliver):
    padding = 65_536 - len(json.dumps(BODY | {"pad": ""}))
    assert deliver(BODY | {"pad": "x" * padding}).status_code == 200
    answer = deliver(BODY | {"pad": "x" * (padding + 1)})
    assert (answer.status_code, answer.content) == (413, b"The body is longer than 64 KiB.\n")
    stored = WebhookDelivery.objects.get()
    assert (len(stored.body), stored.body[-4:]) == (65_536, 'xx"}')


class Endless(BytesIO):
    """A body that says no length, and how much of it was read."""

    def __init__(self, body):
        super().__init__(body)
        self.taken = 0

    def read(self, size=-1):
        found = super().read(size)
        self.taken += len(found)
        return found


@pytest.mark.parametrize(("length", "status"), [(0, 200), (1_000_000, 413)])
def test_a_body_without_a_length_is_read_too_and_no_further(length, status):
    body = Endless(json.dumps(BODY).encode() + b" " * length)
    request = RequestFactory().post(
        "/webhooks/media/", headers={"X-Panel-Secret": NEW, "Transfer-Encoding": "chunked"}
    )
    request.META["wsgi.input"] = body
    assert webhooks.media(request).status_code == status
    assert body.taken <= 65_537


class Broken(BytesIO):
    """A body that breaks off in the middle, as the server tells it."""

    def read(self, size=-1):
        raise OSError("Connection reset by peer")


def chunked(said):
    """A body in chunks, as the server reads them."""
    return ChunkedReader(SimpleNamespace(), IterUnreader([said]))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, Broken()),
        *(
            ({"Transfer-Encoding": "chunked"}, chunked(said))
            for said in (
                b"zz\r\n{}",
                b"2\r\n{}x\r\n",
                b"5\r\n{}",
                b"2\r\n{}\r\n",
                b"2\r\n{}\r\n0\r\n",
            )
        ),
    ],
)
def test_a_body_that_breaks_off_is_refused_in_a_sentence_and_not_stored(headers, body):
    request = RequestFactory().post("/webhooks/media/", headers={"X-Panel-Secret": NEW} | headers)
    request.META["wsgi.input"] = request._stream = body
    answer = webhooks.media(request)
    assert answer.status_code == 400
    assert answer.content.decode() == (
        "The body broke off, or its chunks are not written as HTTP has them. Send it again whole.\n"
    )
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_deliveries_are_posted(client, method):
    answer = getattr(client, method)("/webhooks/media/", headers={"X-Panel-Secret": NEW})
    assert answer.status_code == 405


def test_no_session_and_no_cookie_are_needed_or_made(django_assert_num_queries):
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = "a" * 32
    with django_assert_num_queries(3):  # one INSERT between a savepoint and its end
        answer = client.post(
            "/webhooks/media/", BODY, "application/json", headers={"X-Panel-Secret": NEW}
        )
    assert answer.status_code == 200
    assert not answer.cookies


def test_a_thousand_forgeries_leave_two_lines_in_the_trail_that_count_them_all(
    deliver, client, monkeypatch
):
    for number in range(1000):
        assert deliver(secret=f"wrong-{number}").status_code == 400
    event = AuditEvent.objects.get()
    assert event.detail.startswith("1 delivery without a right secret;")
    monkeypatch.setattr(tally, "MINUTE", 0.0)  # it has gone by
    client.get("/healthz/web/")
    rest = AuditEvent.objects.latest("pk")
    assert rest.detail.startswith("999 deliveries without a right secret;")
    client.get("/healthz/web/")
    assert AuditEvent.objects.count() == 2
    for event in AuditEvent.objects.all():
        assert (event.kind, event.actor) == (AuditKind.WEBHOOK_REJECTED, "webhook")
        assert (event.channel, event.address) == ("webhook", "127.0.0.1")
    assert not WebhookDelivery.objects.exists()


def test_no_secret_stands_in_the_trail_the_tables_or_the_log(deliver, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mediajobs").propagate = True
    try:
        deliver(), deliver(secret=OLD), deliver(secret=NEW + "x"), deliver(b"{")
    finally:
        logging.getLogger("mediajobs").propagate = False
    rows = [*AuditEvent.objects.values(), *WebhookDelivery.objects.values()]
    for secret in (NEW, OLD):
        assert secret not in repr(rows)
        assert secret not in caplog.text


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_delivery_that_cannot_be_stored_is_not_called_taken_and_comes_again(deliver):
    wait_at_most(0.1)
    with held(WebhookDelivery._meta.db_table):
        answer = deliver()
    assert answer.status_code == 503
    assert answer.content == b"The panel cannot store this now. Send it again later.\n"
    assert not WebhookDelivery.objects.exists()
    assert deliver().status_code == 200
    assert WebhookDelivery.objects.count() == 1
    connection.close()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_all_that_was_taken_from_many_at_once_is_there(secrets):
    answers = []

    def send():
        client = Client(headers={"X-Panel-Secret": NEW})
        came = [client.post("/webhooks/media/", BODY, "application/json") for _ in range(10)]
        answers.extend(answer.status_code for answer in came)
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(16)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers == [200] * 160
    assert WebhookDelivery.objects.count() == 160
