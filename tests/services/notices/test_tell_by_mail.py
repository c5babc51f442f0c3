"""Who is told by mail: whoever asked for a cancellation and wished so."""

import pytest
from django.contrib.auth.models import User

from mediajobs.models import NoticeKind
from mediajobs.services import cancel
from tests.services.cancel.steps import run
from tests.services.notices.test_tell import to_all, told

pytestmark = pytest.mark.django_db


def test_who_wished_so_is_told_by_mail(make_job, released, world):
    world.fault_next("cancel.refuse")
    batch = released(make_job(), mails_requester=True)
    run(batch)
    assert told(batch) == to_all("problems", mail=True)
    mail = batch.notices.get(kind=NoticeKind.MAIL)
    assert mail.target == "alice@example.org"
    assert mail.shown == "bulk-operator (…@example.org)"
    assert mail.subject == f"Cancellation {batch.pk} finished with problems"


def test_who_did_not_wish_so_gets_no_mail(make_job, released, operator):
    batch = released(make_job())
    cancel.abort(batch, by=operator)
    assert not batch.notices.filter(kind=NoticeKind.MAIL).exists()


@pytest.mark.parametrize("change", [{"email": ""}, {"email": "a\nb@x"}, {"is_active": False}])
def test_who_has_no_address_or_no_account_any_more_gets_no_mail(
    make_job, released, operator, change
):
    batch = released(make_job(), mails_requester=True)
    User.objects.filter(pk=operator.user.pk).update(**change)
    cancel.abort(batch, by=operator)
    assert told(batch) == to_all("aborted")


def test_a_retry_carries_the_wish_for_mail(make_job, released, operator, world):
    world.fault_next("cancel.refuse")
    batch = released(make_job(), mails_requester=True)
    run(batch)
    batch.refresh_from_db()
    assert cancel.retry(batch, by=operator).mails_requester
