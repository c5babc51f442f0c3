"""Releasing a draft: once, with a reason, by who drafted it."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from mediajobs import guard
from mediajobs.models import AuditEvent, AuditKind, BatchState, ReasonCategory
from mediajobs.services import cancel
from mediajobs.services.audit import Actor, record
from mediajobs.services.cancel.confirm import check_reason
from mediajobs.services.cancel.draft import chosen_words
from tests.services.cancel.steps import run
from tests.trail import forge, meddle


def test_only_the_first_of_two_confirmations_releases_the_batch(make_job, draft_of, operator):
    batch = draft_of(make_job())
    results = [
        cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.") for _ in range(2)
    ]
    assert results == [True, False]
    assert AuditEvent.objects.filter(kind="batch.confirmed").count() == 1


def test_the_reason_stands_in_the_batch_and_in_the_trail(make_job, draft_of, operator):
    batch = draft_of(make_job())
    cancel.confirm(batch, by=operator, category="stuck", reason="  It hangs.  ")
    batch.refresh_from_db()
    assert (batch.state, batch.reason) == (BatchState.RUNNING, "It hangs.")
    event = AuditEvent.objects.get(kind="batch.confirmed")
    assert event.reason == "Stuck or far too slow: It hangs."


def test_a_draft_whose_jobs_were_changed_behind_the_panel_is_not_released(
    make_job, draft_of, operator
):
    batch = draft_of(make_job())
    batch.attempts.create(job=make_job(), remote_id="slipped-in-1")
    with pytest.raises(ValidationError, match="not the jobs that were selected"):
        cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
    batch.refresh_from_db()
    assert batch.state == BatchState.DRAFT


@pytest.mark.parametrize("about", ["batch", "attempt"])
def test_a_draft_is_not_told_anew(make_job, draft_of, operator, about):
    batch = draft_of(make_job())
    attempt = batch.attempts.create(job=make_job(), remote_id="slipped-in-1")
    facts = {"batch": batch} if about == "batch" else {"attempt": attempt}
    record(AuditKind.BATCH_DRAFTED, operator, detail=chosen_words(batch), **facts)
    with pytest.raises(ValidationError, match="not the jobs that were selected"):
        cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")


def test_a_draft_whose_event_was_removed_is_not_released(make_job, draft_of, operator):
    batch = draft_of(make_job())
    meddle(f"DELETE FROM {guard.EVENTS} WHERE kind = 'batch.drafted'")
    with pytest.raises(ValidationError, match="not the jobs that were selected"):
        cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")


def test_a_draft_of_before_there_were_hashes_is_released(make_job, draft_of, operator):
    batch = draft_of(make_job())
    forge(AuditEvent.objects.get(kind="batch.drafted"), detail="1 job: 1 ticked jobs")
    assert cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")


def test_a_worker_acts_in_the_name_of_the_request_that_confirmed(make_job, draft_of, operator):
    batch = draft_of(make_job())
    origin = {"address": "203.0.113.9", "user_agent": "Elsewhere/1", "request_id": "second"}
    by = replace(operator, **origin)
    cancel.confirm(batch, by=by, category="stuck", reason="It hangs.")
    run(batch)
    events = AuditEvent.objects.filter(kind__startswith="cancel.")
    assert {"cancel.sent", "cancel.answered"} <= set(events.values_list("kind", flat=True))
    assert list(events.order_by().values(*origin).distinct()) == [origin]


@pytest.mark.parametrize(
    ("category", "reason", "sentence"),
    [
        ("stuck", "", "Write why"),
        ("stuck", "  \n ", "Write why"),
        ("stuck", "x" * 100_000, "100,000 characters; shorten it to 2,000"),
        ("", "It hangs.", "Choose what kind"),
        ("made up", "It hangs.", "Choose what kind"),
        ("stuck", "bad\udcff", "no text"),
        ("stuck", "bad\x00", "no text"),
    ],
)
def test_without_a_good_reason_nothing_is_released(
    make_job, draft_of, operator, category, reason, sentence
):
    batch = draft_of(make_job())
    with pytest.raises(ValidationError, match=sentence):
        cancel.confirm(batch, by=operator, category=category, reason=reason)
    batch.refresh_from_db()
    assert batch.state == BatchState.DRAFT


def test_a_right_withdrawn_since_the_draft_stops_the_confirmation(make_job, draft_of, make_user):
    user = make_user("bulk operator", "ann")
    actor = Actor(name="ann", channel="web", user=user)
    batch = draft_of(make_job(), make_job(), by=actor)
    user.groups.clear()
    stripped = Actor(name="ann", channel="web", user=type(user).objects.get(pk=user.pk))
    with pytest.raises(PermissionDenied):
        cancel.confirm(batch, by=stripped, category="stuck", reason="It hangs.")
    batch.refresh_from_db()
    assert batch.state == BatchState.DRAFT


def test_nobody_confirms_what_somebody_else_froze(make_job, draft_of, make_user):
    batch = draft_of(make_job())
    other = Actor(name="other", channel="web", user=make_user("bulk operator", "other"))
    with pytest.raises(PermissionDenied, match="only bulk-operator can confirm"):
        cancel.confirm(batch, by=other, category="stuck", reason="It hangs.")


def test_confirming_wakes_a_worker_once_it_is_committed(
    make_job, draft_of, operator, django_capture_on_commit_callbacks
):
    batch = draft_of(make_job())
    with django_capture_on_commit_callbacks() as callbacks:
        cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
    assert len(callbacks) == 1


@pytest.mark.parametrize(
    "reason", ["\u200b", " \u2060\u00ad", "\u0301", "\u202e", "\u2800", "\u3164", "\x07"]
)
def test_a_reason_that_nobody_can_see_is_none(reason):
    with pytest.raises(ValidationError, match="Write why"):
        check_reason(ReasonCategory.OTHER, reason)


@pytest.mark.parametrize("reason", ["x", "7", "?", "🎬", "日", "א\u200b", "e\u0301"])
def test_a_reason_with_anything_to_see_is_one(reason):
    assert check_reason(ReasonCategory.OTHER, reason) == reason
