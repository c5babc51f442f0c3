"""Deliveries are kept for a week, and no more of them than the disk can bear."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import DeliveryState, WebhookDelivery
from mediajobs.services import webhooks
from mediajobs.services.webhooks.follow import KEPT, MOST_KEPT, SLICE

pytestmark = pytest.mark.django_db


def store(count, age, state=DeliveryState.HANDLED):
    about = {"app": "settings", "received_at": timezone.now() - age, "state": state}
    rows = [WebhookDelivery(**about) for _ in range(count)]
    return {each.pk for each in WebhookDelivery.objects.bulk_create(rows, batch_size=1000)}


def kept():
    return set(WebhookDelivery.objects.values_list("pk", flat=True))


def test_what_is_older_than_a_week_is_thrown_away_however_much_it_is():
    store(SLICE + 10, age=KEPT + timedelta(minutes=1))
    young = store(3, age=KEPT - timedelta(minutes=1))
    webhooks.drop_old()
    assert kept() == young


def test_of_too_many_the_oldest_are_thrown_away():
    store(2, age=timedelta(0))
    newest = WebhookDelivery.objects.latest("pk").pk + MOST_KEPT
    WebhookDelivery.objects.create(pk=newest, app="settings")
    webhooks.drop_old()
    assert kept() == {newest}


def test_of_too_many_those_stay_that_wait_to_be_followed():
    waiting = store(SLICE, timedelta(0), DeliveryState.RECEIVED)
    store(3, age=timedelta(0))
    newest = WebhookDelivery.objects.latest("pk").pk + MOST_KEPT
    WebhookDelivery.objects.create(pk=newest, app="settings")
    webhooks.drop_old()
    assert kept() == {*waiting, newest}


def test_nothing_is_thrown_away_of_nothing():
    webhooks.drop_old()
    assert kept() == set()
