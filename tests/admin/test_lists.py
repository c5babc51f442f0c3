"""What an address or a form may ask of a list: its own filters and rows, and nothing that hurts."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User

from mediajobs.models import CancelBatch
from tests.admin.cancel_steps import text

JOBS = "/mediajobs/job/"
CANCELLATIONS = "/mediajobs/cancelbatch/"
TRAIL = "/mediajobs/auditevent/"
DELIVERIES = "/mediajobs/webhookdelivery/"
HUGE = "9" * 23
LONG = "x" * 300
SENTENCE = "This list cannot be filtered as the address asks; it is shown without filters."

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody(sign_in):
    """Somebody who may see every list."""
    return sign_in("administrator")


@pytest.mark.parametrize(
    "address",
    [
        *(f"{JOBS}?{query}" for query in ("label__regex=[", "label__regex=(a%2B)%2B$", "id__in=1")),
        *(f"{JOBS}?{query}" for query in (f"dated_at__year={HUGE}", f"id__in={HUGE}", "id=1")),
        *(f"{JOBS}?{query}" for query in ("note__contains=%00", "status=%00", f"path={LONG}")),
        *(f"{CANCELLATIONS}?{query}" for query in (f"id__in={HUGE}", f"parent={HUGE}")),
        *(f"{CANCELLATIONS}?{query}" for query in ("state=%00", "state__regex=[")),
        *(f"{CANCELLATIONS}?requested_by_name={value}" for value in ("%00", LONG)),
        *(f"{TRAIL}?{query}" for query in ("detail__regex=[", f"id__in={HUGE}", "actor=%00")),
        *(f"{DELIVERIES}?{query}" for query in ("body__regex=[", f"id__in={HUGE}", "state=left")),
        *(f"/auth/user/?{query}" for query in ("email__regex=[", f"id__in={HUGE}")),
        *(f"/auth/group/?{query}" for query in ("name__regex=[", f"id__in={HUGE}")),
    ],
)
def test_what_no_filter_of_the_list_asks_for_leads_to_the_list_with_a_sentence(everybody, address):
    answer = everybody.get(address)
    assert (answer.status_code, answer.url) == (302, address.partition("?")[0] + "?e=1")
    page = everybody.get(answer.url)
    assert page.status_code == 200
    assert SENTENCE in text(page)


@pytest.mark.parametrize("query", ["e=1&no_filter=1", "e=1&status=%00"])
@pytest.mark.parametrize("address", [JOBS, f"{JOBS}rows/", CANCELLATIONS, TRAIL, "/auth/user/"])
def test_an_address_that_was_led_to_the_list_once_is_led_there_again(everybody, address, query):
    answer = everybody.get(f"{address}?{query}")
    assert (answer.status_code, answer.url) == (302, f"{address}?e=1")
    assert everybody.get(answer.url).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        f"{JOBS}?status=running&path=/media/enhance&submitted=1h&cancellation=open&source=form",
        f"{JOBS}?status=no-such&q=x&p=1&o=-1&all=",
        f"{CANCELLATIONS}?state=running&requested_by_name=ada&q=1",
        f"{CANCELLATIONS}?q={HUGE}",
        f"{TRAIL}?actor=ada&kind=&outcome=&channel=web&since=2026-01-31&until=&cancellation={HUGE}",
        "/auth/user/?is_staff__exact=1&groups__id__exact=1&is_active__exact=0",
        "/auth/group/?q=viewer",
    ],
)
def test_the_filters_of_a_list_are_taken(everybody, address):
    page = everybody.get(address)
    assert page.status_code == 200
    assert SENTENCE not in text(page)


NO_ROWS = ["abc", "\x00", "'", "1.5", HUGE, "²", "-1", ""]


def tick(person, address, action, *rows):
    form = {"action": action, "index": "0", "select_across": "0", ACTION_CHECKBOX_NAME: rows}
    return person.post(address, form)


@pytest.mark.parametrize("row", NO_ROWS)
def test_a_tick_that_names_no_row_counts_for_nothing(sign_in, make_job, row):
    person, job = sign_in("bulk operator"), make_job()
    assert tick(person, JOBS, "cancel_selected", row).status_code == 400
    assert not CancelBatch.objects.exists()
    assert tick(person, JOBS, "cancel_selected", row, str(job.pk)).status_code == 302
    batch = CancelBatch.objects.get()
    assert (batch.frozen_count, batch.selection) == (1, "1 ticked on the list of jobs")


@pytest.mark.parametrize("row", NO_ROWS)
@pytest.mark.parametrize("address", ["/auth/user/", "/auth/group/"])
def test_a_tick_that_names_no_account_deletes_none(everybody, address, row):
    page = tick(everybody, address, "delete_selected", row)
    assert page.status_code in (200, 302)
    assert User.objects.count() == 1
