"""The page of a draft: what it will do, and confirming or discarding it."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from mediajobs.models import AuditEvent, CancelBatch, Heartbeat, Job
from mediajobs.services import cancel, pulse
from tests.admin.cancel_steps import REASON, actor, draft, levels, said, text, url


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


def shown(response):
    """The signed number that the page carries along."""
    return re.search(r'name="shown" value="([^"]+)"', response.content.decode()).group(1)


def test_the_page_says_what_will_happen_and_names_the_number_on_the_button(person, make_job):
    deleted = make_job()
    batch = draft(make_job(), make_job(), make_job(status="Failed"), deleted)
    deleted.delete()
    words = text(person.get(url("change", batch)))
    assert "4 jobs chosen" in words
    assert "Cancellation will be requested 2" in words
    assert "Already finished: left alone 1" in words
    assert "Deleted from the panel: left out 1" in words
    assert "Request cancellation of 2 jobs Keep them running" in words


def test_the_page_says_how_old_the_statuses_are(person, make_job):
    batch = draft(make_job())
    Job.objects.update(checked_at=timezone.now() - timezone.timedelta(hours=3))
    assert "the oldest was read 3 h ago" in text(person.get(url("change", batch)))


def test_the_page_shows_fifty_jobs_and_leads_to_the_next(person, make_job):
    batch = draft(*(make_job(label=f"Part {n}.") for n in range(53)))
    response = person.get(url("change", batch))
    words = text(response)
    assert "Jobs 53" in words
    assert "Part 49." in words
    assert "Part 50." not in words
    assert "1 to 50 of 53" in words
    assert f'href="{url("change", batch)}?page=2#items"' in response.content.decode()
    words = text(person.get(url("change", batch), {"page": "2"}))
    assert "Part 52." in words
    assert "Part 49." not in words


def test_without_a_worker_the_page_says_so_and_how_to_start_one(person, make_job):
    batch = draft(make_job())
    assert "python manage.py serve" in text(person.get(url("change", batch)))
    pulse.beat(Heartbeat.WORKER)
    assert "python manage.py serve" not in text(person.get(url("change", batch)))


def test_confirming_releases_the_batch_with_its_reason(person, make_job):
    batch = draft(make_job(), make_job())
    response = person.post(url("confirm", batch), REASON)
    batch.refresh_from_db()
    assert response.url == url("change", batch)
    assert said(response) == "Cancellation requested for 2 jobs."
    assert levels(response) == {"info"}
    assert (batch.state, batch.reason_category, batch.reason) == ("running", "stuck", "It hangs.")
    assert AuditEvent.objects.get(kind="batch.confirmed").actor == "bulk-operator"


def test_a_draft_whose_jobs_were_changed_behind_the_panel_stays_one_and_the_page_says_why(
    person, make_job
):
    batch = draft(make_job())
    batch.attempts.create(job=make_job(), remote_id="slipped-in-1")
    response = person.post(url("confirm", batch), REASON)
    assert response.status_code == 422
    words = text(response)
    assert "These are not the jobs that were selected" in words
    assert "Keep them running" in words
    batch.refresh_from_db()
    assert batch.state == "draft"


def test_a_second_click_changes_nothing_and_says_who_released_it(person, make_job):
    batch = draft(make_job())
    person.post(url("confirm", batch), REASON)
    said_then = CancelBatch.objects.get().confirmed_at
    for again in ({"reason": "Another."}, {"reason": ""}):
        response = person.post(url("confirm", batch), REASON | again)
        assert response.url == url("change", batch)
        assert "already released by bulk-operator at" in said(response)
    batch.refresh_from_db()
    assert (batch.confirmed_at, batch.reason) == (said_then, "It hangs.")
    assert AuditEvent.objects.filter(kind="batch.confirmed").count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"category": "", "reason": "It hangs."}, "Choose what kind of reason it is."),
        ({"category": "stuck", "reason": ""}, "Write why, for whoever reads the record later."),
        (
            {"category": "stuck", "reason": "x" * 100_000},
            "The reason has 100,000 characters; shorten it to 2,000.",
        ),
    ],
)
def test_a_reason_that_will_not_do_is_said_and_nothing_is_lost(person, make_job, typed, sentence):
    batch = draft(make_job())
    response = person.post(url("confirm", batch), typed)
    assert response.status_code == 422
    assert sentence in text(response)
    assert typed["reason"] in response.content.decode()
    batch.refresh_from_db()
    assert batch.state == "draft"


def test_up_to_a_hundred_jobs_need_no_typing(person, make_job):
    batch = draft(*(make_job() for _ in range(100)))
    assert "typed_count" not in person.get(url("change", batch)).content.decode()


@pytest.fixture
def large(person, make_job):
    """A draft of more jobs than go without typing their number."""
    return draft(*(make_job() for _ in range(101)))


@pytest.mark.parametrize("typed", ["", "100", "1010", "all", "-101"])
def test_a_wrong_number_is_said_and_nothing_is_lost(person, large, typed):
    response = person.post(url("confirm", large), REASON | {"typed_count": typed})
    assert response.status_code == 422
    assert "number of jobs." in text(response)
    assert "It hangs." in response.content.decode()
    large.refresh_from_db()
    assert large.state == "draft"


@pytest.mark.parametrize("typed", ["101", " 101 "])
def test_the_right_number_releases_it(person, large, typed):
    person.post(url("confirm", large), REASON | {"typed_count": typed})
    large.refresh_from_db()
    assert large.state == "running"


def test_the_number_to_type_is_the_one_that_was_shown_though_jobs_ended_since(person, large):
    form = REASON | {"shown": shown(person.get(url("change", large)))}
    ended = Job.objects.values("pk")[:40]
    Job.objects.filter(pk__in=ended).update(status="success")
    assert person.post(url("confirm", large), form | {"typed_count": "61"}).status_code == 422
    response = person.post(url("confirm", large), form | {"typed_count": "101"})
    assert said(response) == "Cancellation requested for 61 jobs."


def test_a_draft_whose_jobs_have_all_ended_meanwhile_is_not_confirmed(person, large):
    form = REASON | {"shown": shown(person.get(url("change", large))), "typed_count": "101"}
    Job.objects.update(status="success")
    response = person.post(url("confirm", large), form)
    assert response.status_code == 422
    assert "Nothing is left to request" in text(response)


def test_a_number_that_we_did_not_sign_counts_for_nothing(person, large):
    form = REASON | {"shown": "forged", "typed_count": "1"}
    assert person.post(url("confirm", large), form).status_code == 422


def test_a_number_signed_for_another_draft_counts_for_nothing(person, large, make_job):
    small = shown(person.get(url("change", draft(make_job()))))
    form = REASON | {"shown": small}
    assert person.post(url("confirm", large), form).status_code == 422


def test_a_draft_without_running_jobs_offers_only_to_discard_it(person, make_job):
    response = person.get(url("change", draft(make_job(status="Success"))))
    assert "There is nothing to request" in text(response)
    assert "Request cancellation of" not in text(response)
    assert "Discard this draft" in text(response)


def test_keeping_them_running_throws_the_draft_away(person, make_job, world):
    job = make_job()
    batch = draft(job)
    response = person.post(url("discard", batch))
    assert response.url == reverse("admin:mediajobs_job_changelist")
    assert "Nothing was sent; its jobs run on." in said(response)
    assert not CancelBatch.objects.exists()
    assert world.cancels(job.remote_id) == 0


def test_a_released_batch_is_not_discarded(person, make_job):
    batch = draft(make_job())
    person.post(url("confirm", batch), REASON)
    assert "already released by bulk-operator" in said(person.post(url("discard", batch)))
    assert CancelBatch.objects.exists()


@pytest.mark.parametrize("deed", ["confirm", "discard", "change"])
def test_a_draft_that_is_gone_leads_to_the_list_with_a_sentence(person, make_job, deed):
    batch = draft(make_job())
    address = url(deed, batch)
    cancel.discard(CancelBatch.objects.get(), by=actor())
    response = person.get(address) if deed == "change" else person.post(address, REASON)
    assert response.url == reverse("admin:mediajobs_cancelbatch_changelist")
    assert "That cancellation is not there." in said(response)


def test_a_colleague_sees_the_draft_and_why_only_its_owner_confirms(client, make_user, make_job):
    make_user("bulk operator")
    batch = draft(make_job())
    client.force_login(make_user("bulk operator", name="colleague"))
    words = text(client.get(url("change", batch)))
    assert "only bulk-operator can confirm it" in words
    assert "Request cancellation of" not in words
    for deed, form in (("confirm", REASON), ("confirm", {}), ("discard", {})):
        response = client.post(url(deed, batch), form)
        assert response.status_code == 403
        assert f"only bulk-operator can {deed} it" in text(response)
    batch.refresh_from_db()
    assert batch.state == "draft"


def test_two_people_on_the_same_jobs_ask_the_remote_once(
    client, person, make_user, make_job, world
):
    world.cancel_delay = 3600
    job = make_job()
    mine = draft(job)
    make_user("bulk operator", name="colleague")
    theirs = draft(job, by=actor("colleague"))
    person.post(url("confirm", mine), REASON)
    client.force_login(actor("colleague").user)
    client.post(url("confirm", theirs), REASON)
    for batch in (mine, theirs):
        cancel.run(batch, seconds=5, worker="test")
    assert world.cancels(job.remote_id) == 1
    words = text(client.get(url("change", theirs)))
    assert "Another cancellation has asked for this job" in words
    assert f"Cancellation {mine.pk}" in words


def test_a_retry_begins_with_the_reason_of_what_it_retries(person, make_job):
    batch = draft(make_job())
    CancelBatch.objects.filter(pk=batch.pk).update(reason="As before.", reason_category="cost")
    content = person.get(url("change", batch)).content.decode()
    assert "As before.</textarea>" in content
    assert '<option value="cost" selected>' in content
