"""Whoever confirmed a batch must keep the right to it until the last request has left."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied

from mediajobs.models import ApiClient, AuditEvent, BatchState, Job
from mediajobs.services import cancel, clients
from mediajobs.services.audit import Actor
from mediajobs.services.cancel.claim import claim
from tests.services.cancel.steps import only, run


def lose_group(user):
    user.groups.clear()


def lose_account(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def lose_everything(user):
    User.objects.get(pk=user.pk).delete()


LOSSES = [lose_group, lose_account, lose_everything]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_batch_whose_person_lost_the_right_is_paused_and_sends_nothing(
    make_job, batch_of, operator, world, lose
):
    batch = batch_of(make_job(), make_job())
    lose(operator.user)
    assert not run(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.resumes_at) == (BatchState.PAUSED, None)
    assert batch.pause_reason == (
        f"{operator.name} has no right any more to cancel so many jobs. "
        "Give it back and resume, or abort."
    )
    assert batch.counts()["queued"] == 2
    assert not world.journal
    event = AuditEvent.objects.get(kind="batch.paused")
    assert (event.actor, event.detail) == ("engine", batch.pause_reason)


def test_it_is_noticed_between_two_slices_of_one_turn(make_job, batch_of, operator):
    batch = batch_of(make_job(), make_job())
    assert len(claim(batch, worker="test", limit=1)) == 1
    lose_group(operator.user)
    assert claim(batch, worker="test", limit=1) == []
    assert batch.counts()["sending"] == 1


def test_with_the_right_back_it_is_resumed_by_hand(make_job, batch_of, operator, make_user):
    batch = batch_of(make_job())
    lose_group(operator.user)
    run(batch)
    cancel.rescue()
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    operator.user.groups.add(Group.objects.get(name="bulk operator"))
    other = Actor("other", "web", user=make_user("administrator"))
    assert cancel.resume(batch, by=other)
    run(batch)
    assert only(batch).state == "requested"


def test_a_resume_without_the_right_back_pauses_again(make_job, batch_of, operator, make_user):
    batch = batch_of(make_job())
    lose_group(operator.user)
    run(batch)
    other = Actor("other", "web", user=make_user("administrator"))
    assert cancel.resume(batch, by=other)
    run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED


def test_the_right_to_cancel_one_job_is_enough_for_a_batch_of_one(make_job, batch_of, operator):
    batch = batch_of(make_job())
    operator.user.groups.set([Group.objects.get(name="operator")])
    run(batch)
    assert only(batch).state == "requested"


def test_a_batch_of_the_shell_has_no_person_and_goes_on(make_job):
    make_job()
    by = Actor.from_shell("root")
    batch = cancel.draft(Job.objects.all(), by=by, selection="all")
    cancel.confirm(batch, by=by, category="stuck", reason="It hangs.")
    run(batch)
    assert only(batch).state == "requested"


@pytest.fixture
def pipeline(operator):
    """A client of the API as an actor of services."""
    client = ApiClient(name="nightly", may_cancel=True)
    clients.make(client, by=operator)
    return Actor("api:nightly", "api", client=client, user_id=f"client:{client.pk}")


def released(by):
    why = {"category": "stuck", "reason": "It hangs."}
    return cancel.release(Job.objects.all(), by=by, selection="all", **why)


def revoke(client, by):
    clients.revoke(client, by=by)


def take_scope(client, by):
    client.may_cancel = False
    clients.change(client, by=by)


def test_a_batch_of_a_pipeline_goes_on_as_long_as_its_token_opens_that(make_job, pipeline):
    make_job(), make_job()
    batch = released(pipeline)
    run(batch)
    assert batch.counts()["requested"] == 2
    sent = AuditEvent.objects.filter(kind="cancel.sent")
    who = {(event.actor, event.actor_id, event.channel) for event in sent}
    assert who == {("api:nightly", pipeline.user_id, "api")}


@pytest.mark.parametrize("lose", [revoke, take_scope])
def test_a_batch_whose_pipeline_lost_the_right_is_paused_between_two_slices(
    make_job, pipeline, operator, lose
):
    make_job(), make_job()
    batch = released(pipeline)
    assert len(claim(batch, worker="test", limit=1)) == 1
    lose(pipeline.client, operator)
    assert claim(batch, worker="test", limit=1) == []
    batch.refresh_from_db()
    assert (batch.state, batch.resumes_at) == (BatchState.PAUSED, None)
    assert batch.pause_reason.startswith("api:nightly has no right any more")
    assert batch.counts()["queued"] == 1


def test_a_pipeline_without_the_scope_can_request_nothing(make_job, pipeline):
    make_job()
    pipeline.client.may_cancel = False
    with pytest.raises(PermissionDenied, match="no right to request cancellation"):
        released(pipeline)


def test_the_scope_to_cancel_gives_no_other_right(pipeline):
    assert pipeline.may("cancel_job")
    assert pipeline.may("bulk_cancel_job")
    assert not pipeline.may("delete_job", "add_job")
