"""Only who drafted a cancellation confirms or discards it."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from mediajobs.models import CancelBatch
from mediajobs.services import cancel
from mediajobs.services.audit import Actor


@pytest.fixture
def colleague(make_user):
    user = make_user("bulk operator", name="colleague")
    return Actor(name=user.username, channel="web", user=user, user_id=str(user.pk))


def test_a_draft_is_not_confirmed_by_somebody_else(make_job, draft_of, colleague):
    with pytest.raises(PermissionDenied, match="only bulk-operator can confirm it"):
        cancel.check_confirmer(draft_of(make_job()), by=colleague)


def test_a_draft_of_many_is_not_confirmed_without_the_right(make_job, draft_of, operator):
    batch = draft_of(make_job(), make_job())
    operator.user.groups.clear()
    demoted = replace(operator, user=User.objects.get(pk=operator.user.pk))
    with pytest.raises(PermissionDenied, match="no right to request cancellation of 2 jobs"):
        cancel.check_confirmer(batch, by=demoted)


def test_a_draft_is_not_discarded_by_somebody_else(make_job, draft_of, colleague):
    batch = draft_of(make_job())
    with pytest.raises(PermissionDenied, match="only bulk-operator can discard it"):
        cancel.discard(batch, by=colleague)
    assert CancelBatch.objects.filter(pk=batch.pk).exists()
