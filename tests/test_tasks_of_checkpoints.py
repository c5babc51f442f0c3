"""Celery's door to sealing and signing: what is asked for meanwhile shares the next checkpoint."""

import pytest

from mediajobs import tasks
from mediajobs.models import AuditCheckpoint, AuditLink
from mediajobs.services import audit

pytestmark = pytest.mark.django_db


def test_the_newest_events_are_sealed_and_signed_for():
    audit.record("job.edited", audit.ENGINE)
    tasks.seal()
    assert AuditLink.objects.count() == 1
    tasks.checkpoint()
    tasks.checkpoint("cancellation 7 ended")
    reasons = list(AuditCheckpoint.objects.values_list("reason", flat=True))
    assert reasons == ["cancellation 7 ended", "every five minutes"]


def test_a_checkpoint_is_left_out_while_the_last_one_is_being_carried(settings, network):
    settings.AUDIT_ANCHOR_URL = "https://anchor.test/"

    def come_again(_):
        tasks.checkpoint()
        return 200, {}, ""

    network.add_callback("POST", settings.AUDIT_ANCHOR_URL, come_again)
    tasks.checkpoint()
    assert AuditCheckpoint.objects.count() == 1


def test_cancellations_that_end_while_a_checkpoint_is_carried_share_the_next(settings, network):
    settings.AUDIT_ANCHOR_URL = "https://anchor.test/"
    ended = [f"cancellation {number} ended" for number in range(1, 5)]

    def come_again(_):
        for reason in ended[1:]:
            tasks.checkpoint(reason)
        del ended[1:]
        return 200, {}, ""

    network.add_callback("POST", settings.AUDIT_ANCHOR_URL, come_again)
    tasks.checkpoint(ended[0])
    made = list(AuditCheckpoint.objects.order_by("number").values_list("reason", flat=True))
    assert made == ["cancellation 1 ended", "cancellation 2 ended, and 2 more"]
