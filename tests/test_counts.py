"""What a process has only counted is told at the next request, whatever that asks for."""

import pytest

from mediajobs.models import AuditEvent
from mediajobs.services.audit import Actor
from mediajobs.services.webhooks import refusals

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/healthz/web/", "/api/openapi.json", "/login/", "/nothing"])
def test_every_request_is_an_occasion_to_tell(client, address):
    refusals.add(7, Actor(name="webhook", channel="webhook", address="10.0.0.1"))
    client.get(address)
    client.get(address)
    assert AuditEvent.objects.get().detail.startswith("7 deliveries without a right secret;")
