"""Several workers at once: threads with connections of their own, really committing."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from mediajobs.models import Notice, NoticeKind, NoticeState
from mediajobs.services import cancel
from mediajobs.services.notices import deliver
from tests.services.cancel.test_parallel import together
from tests.services.notices.conftest import HOOK, SLACK_URL
from tests.services.notices.steps import kinds, only, send

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_two_workers_send_each_notice_once(aborted, network):
    """Both have read the notice as due before either claims it."""
    both_read = threading.Barrier(2)
    came = []
    network.add_callback("POST", HOOK, callback=lambda request: came.append(1) or (200, {}, "ok"))
    only(NoticeKind.WEBHOOK)

    def claim_and_send():
        notice = Notice.objects.due().get()
        both_read.wait(5)
        return notice.claim(until=timezone.now() + deliver.LEASE) and deliver.send(notice)

    assert sorted(together(claim_and_send, claim_and_send)) == [False, True]
    assert came == [1]
    assert kinds(aborted) == ["notice.sent"]


def test_many_workers_share_many_notices(make_job, released, operator, hooks):
    batch = released(make_job())
    for _ in range(20):
        cancel.pause(batch, by=operator)
        cancel.resume(batch, by=operator)
    assert sum(together(*[send] * 4)) == 40
    assert len(hooks) == 40
    assert Notice.objects.filter(state=NoticeState.SENT, tries=1).count() == 40


def test_no_request_is_made_inside_a_transaction(aborted, network):
    inside = []

    def take(request):
        inside.append(connection.in_atomic_block)
        return 200, {}, "ok"

    for url in (HOOK, SLACK_URL):
        network.add_callback("POST", url, callback=take)
    send()
    assert inside == [False, False]
