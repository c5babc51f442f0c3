"""Deliveries that come at the same time share a commit; what is not committed is not stored."""

import threading
import time

import pytest
from django.db import connection

from mediajobs.models import WebhookDelivery
from mediajobs.services.webhooks.store import NotStored, Row
from tests.locking import held, wait_at_most

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TABLE = WebhookDelivery._meta.db_table


class Sender(threading.Thread):
    """Stores one delivery; keeps what came of it, and how many statements of its own wrote."""

    def __init__(self, row, patience=20, **fields):
        super().__init__()
        self.row, self.patience = row, patience
        self.one = WebhookDelivery(**{"job_id": "job-number-1", "app": "settings"} | fields)
        self.came, self.inserts = None, 0
        self.start()

    def run(self):
        try:
            wait_at_most(self.patience)
            with connection.execute_wrapper(self.count):
                self.row.store(self.one)
            self.came = "stored"
        except NotStored:
            self.came = "not stored"
        finally:
            connection.close()

    def count(self, execute, sql, params, many, context):
        self.inserts += sql.startswith("INSERT")
        return execute(sql, params, many, context)


def ends(senders):
    for sender in senders:
        sender.join(20)
    return [sender.came for sender in senders]


def test_those_that_come_during_a_commit_share_the_next_one():
    row = Row()
    with held(TABLE):
        first = Sender(row)
        time.sleep(0.3)
        rest = [Sender(row) for _ in range(12)]
        time.sleep(0.3)
        assert not WebhookDelivery.objects.exists() if connection.vendor == "sqlite" else True
    assert ends([first, *rest]) == ["stored"] * 13
    assert WebhookDelivery.objects.count() == 13
    assert first.inserts == 1
    assert sum(sender.inserts for sender in rest) <= 1


def test_who_waits_too_long_is_told_and_nothing_of_it_is_stored_later():
    row = Row(patience=0.2)
    with held(TABLE):
        first = Sender(row, job_id="first-job-1")
        time.sleep(0.2)
        late = Sender(row, job_id="late-job-2")
        assert ends([late]) == ["not stored"]
    assert ends([first]) == ["stored"]
    assert Sender(row, job_id="next-job-3").join() is None
    assert set(WebhookDelivery.objects.values_list("job_id", flat=True)) == {
        "first-job-1",
        "next-job-3",
    }


def test_a_database_that_refuses_is_told_to_all_of_the_group_and_the_next_ones_are_stored():
    row = Row()
    with held(TABLE):
        first = Sender(row)
        time.sleep(0.2)
        wrong, beside = Sender(row, app=None), Sender(row)
        time.sleep(0.2)
    came = ends([first, wrong, beside])
    assert came in (["stored", "not stored", "not stored"], ["not stored"] * 3)
    assert ends([Sender(row)]) == ["stored"]
    assert WebhookDelivery.objects.count() == came.count("stored") + 1


def test_a_database_that_is_held_for_too_long_is_no_end_of_the_row():
    row = Row()
    with held(TABLE):
        assert ends([Sender(row, patience=0.1) for _ in range(3)]) == ["not stored"] * 3
    assert ends([Sender(row)]) == ["stored"]
    assert WebhookDelivery.objects.count() == 1
