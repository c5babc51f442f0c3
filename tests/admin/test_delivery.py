"""What came in at the webhook, in the panel: read by those who may, changed by nobody."""

import re

import pytest

from mediajobs.models import DeliveryState, WebhookDelivery

LIST = "/mediajobs/webhookdelivery/"


@pytest.fixture
def auditor(sign_in):
    return sign_in("auditor")


def deliver(job_id="", **fields):
    return WebhookDelivery.objects.create(job_id=job_id, app="settings", **fields)


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_list_tells_when_about_which_job_what_became_of_it_and_what_was_said(auditor, make_job):
    job = make_job()
    one = deliver(job.remote_id, state=DeliveryState.HANDLED, address="10.0.0.1", body='{"a": 1}')
    answer = auditor.get(LIST)
    row = f"{one.received_at:%Y-%m-%d %H:%M:%S} {job.short_id} Followed: the job is up to date"
    assert f"{row} 10.0.0.1 {{&quot;a&quot;: 1}}" in text_of(answer)
    assert f'href="/mediajobs/job/{job.pk}/change/"' in answer.content.decode()


@pytest.mark.parametrize("state", DeliveryState)
def test_a_delivery_about_nothing_that_is_here_is_shown_too(auditor, state):
    deliver("no-such-job-1", state=state), deliver("", state=state)
    assert text_of(auditor.get(LIST)).count(DeliveryState(state).label) == 2
    assert "/mediajobs/job/" not in auditor.get(LIST).content.decode().partition("result_list")[2]


def test_its_page_tells_all_of_it_and_no_more_than_is_known(auditor):
    one = deliver("no-such-job-1", body='{"a": 1}', digest="f" * 64)
    words = text_of(auditor.get(f"{LIST}{one.pk}/change/"))
    assert f"Time (UTC): {one.received_at:%Y-%m-%d %H:%M:%S}" in words
    assert "Handled (UTC): –" in words
    assert "f" * 64 in words


def test_what_was_said_is_shown_as_text(auditor):
    one = deliver(body="<script>alert(1)</script>", address="<b>")
    for address in (LIST, f"{LIST}{one.pk}/change/"):
        page = auditor.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "<b>" not in page


def test_a_list_costs_the_same_for_few_and_for_many(auditor, django_assert_num_queries):
    auditor.get(LIST)
    for number in range(60):
        deliver(f"job-number-{number}")
    with django_assert_num_queries(6):
        assert auditor.get(LIST).status_code == 200


def test_a_long_body_is_shown_whole_on_its_page_and_cut_in_the_list(auditor):
    one = deliver(body=f"{'x' * 90}{'y' * 60_000}")
    page, rows = auditor.get(f"{LIST}{one.pk}/change/"), auditor.get(LIST)
    assert "x" * 90 + "y" * 60_000 in page.content.decode()
    assert "x" * 90 in rows.content.decode()
    assert "xy" not in rows.content.decode()
    assert "body" in rows.context["cl"].result_list[0].get_deferred_fields()
