"""The overview, the header, and who gets in."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, BatchState, CancelBatch, Heartbeat, Job
from mediajobs.services import cancel, pulse
from tests.admin.cancel_steps import text


@pytest.fixture
def make_batch(make_job, operator):
    """Make a cancellation of `count` jobs in a state, its items in `item_state`."""

    def make(state=BatchState.RUNNING, item_state=AttemptState.QUEUED, count=2, age=timedelta(0)):
        keys = [make_job().pk for _ in range(count)]
        batch = cancel.draft(Job.objects.filter(pk__in=keys), by=operator, selection="ticked")
        confirmed_at = timezone.now() - age
        CancelBatch.objects.filter(pk=batch.pk).update(state=state, confirmed_at=confirmed_at)
        batch.attempts.update(state=item_state)
        return batch

    return make


def test_the_jobs_are_counted_by_status_and_each_number_leads_to_its_list(sign_in, make_job):
    make_job(status="Running"), make_job(status="Running"), make_job(status="Success")
    client = sign_in("viewer")
    answer = client.get("/")
    assert "2 Running" in text(answer)
    assert "1 Success" in text(answer)
    assert "0 Failed" in text(answer)
    assert len(client.get("/mediajobs/job/?status=running").context["cl"].result_list) == 2
    assert 'href="/mediajobs/job/?status=running"' in answer.content.decode()


def test_what_is_under_way_is_told_with_its_progress(sign_in, make_batch):
    batch = make_batch(count=3)
    batch.attempts.filter(pk=batch.attempts.first().pk).update(state=AttemptState.CANCELLED)
    answer = sign_in("viewer").get("/")
    assert f"Running Cancellation {batch.pk} 1 of 3 settled" in text(answer)
    assert f'href="/mediajobs/cancelbatch/{batch.pk}/change/"' in answer.content.decode()


def test_a_paused_cancellation_says_why(sign_in, make_batch):
    batch = make_batch()
    reason = "The media API is failing <b>"
    CancelBatch.objects.filter(pk=batch.pk).update(state=BatchState.PAUSED, pause_reason=reason)
    answer = sign_in("viewer").get("/")
    assert "Paused" in text(answer)
    assert "The media API is failing &lt;b&gt;" in answer.content.decode()


def test_a_draft_waits_on_the_overview_of_whoever_drafted_it_alone(
    client, operator, make_user, make_batch
):
    batch = make_batch(state=BatchState.DRAFT)
    client.force_login(operator.user)
    assert f"Draft Cancellation {batch.pk} of 2 jobs, your draft" in text(client.get("/"))
    client.force_login(make_user("administrator"))
    assert "no draft of yours waits" in text(client.get("/"))


@pytest.mark.parametrize("state", ["unconfirmed", "failed", "refused", "not_found"])
def test_what_ended_badly_needs_a_look(sign_in, make_batch, state):
    batch = make_batch(state=BatchState.FINISHED, item_state=state)
    answer = sign_in("viewer").get("/")
    assert f"2 {AttemptState(state).label}" in text(answer)
    link = f'href="/mediajobs/cancelbatch/{batch.pk}/change/?state={state}#items"'
    assert link in answer.content.decode()


@pytest.mark.parametrize("state", ["cancelled", "finished_first", "already_final", "joined"])
def test_what_ended_as_it_may_needs_no_look(sign_in, make_batch, state):
    make_batch(state=BatchState.FINISHED, item_state=state)
    assert "Nothing: no request of late" in text(sign_in("viewer").get("/"))


@pytest.mark.parametrize(
    ("state", "days", "is_shown"),
    [
        ("refused", 6, True),
        ("refused", 8, False),
        ("unconfirmed", 30, True),
        ("unconfirmed", 32, False),
    ],
)
def test_old_problems_leave_the_overview(sign_in, make_batch, state, days, is_shown):
    make_batch(state=BatchState.FINISHED, item_state=state, age=timedelta(days=days))
    assert ("2 " + AttemptState(state).label in text(sign_in("viewer").get("/"))) is is_shown


def test_what_has_ended_since_needs_no_look_any_more(sign_in, make_batch):
    batch = make_batch(state=BatchState.FINISHED, item_state="refused")
    Job.objects.filter(pk=batch.attempts.first().job_id).update(status="cancelled")
    assert "1 " + AttemptState.REFUSED.label in text(sign_in("viewer").get("/"))


def test_what_somebody_retries_needs_no_look_any_more(sign_in, make_batch, operator):
    batch = make_batch(state=BatchState.FINISHED, item_state=AttemptState.REFUSED)
    retry = cancel.retry(CancelBatch.objects.get(pk=batch.pk), by=operator)
    client = sign_in("viewer")
    assert "2 Refused" in text(client.get("/"))
    cancel.confirm(retry, by=operator, category="stuck", reason="again")
    assert "Nothing: no request of late" in text(client.get("/"))


def test_without_a_worker_the_overview_says_how_to_start_one(sign_in):
    client = sign_in("viewer")
    assert "manage.py serve" in text(client.get("/"))
    pulse.beat(Heartbeat.WORKER)
    assert "A worker is running." in text(client.get("/"))
    assert "manage.py serve" not in text(client.get("/"))


def test_a_remote_that_fails_is_told_in_its_own_words_as_text(sign_in):
    pulse.fail(Heartbeat.REMOTE, "<script>alert(1)</script>")
    page = sign_in("viewer").get("/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_rejected_deliveries_are_told_as_text(sign_in, client, settings):
    settings.HTTPS = True
    forged = {"X-Forwarded-For": "<script>alert(1)</script>", "X-Forwarded-Proto": "https"}
    assert client.post("/webhooks/media/", headers=forged).status_code == 400
    page = sign_in("viewer").get("/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_somebody_without_a_role_is_told_so_and_sees_no_numbers(sign_in, make_batch):
    make_batch(state=BatchState.FINISHED, item_state=AttemptState.REFUSED)
    words = text(sign_in("").get("/"))
    assert "Your account has no role yet" in words
    assert "Refused" not in words
    assert "Running" not in words


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("", []),
        ("viewer", ["Jobs", "Cancellations"]),
        ("operator", ["Jobs", "Cancellations"]),
        ("auditor", ["Jobs", "Cancellations", "Audit events", "Webhook deliveries"]),
        (
            "administrator",
            [
                *("Jobs", "Cancellations", "Audit events", "Webhook deliveries"),
                *("Apps", "API clients", "Users", "Groups"),
            ],
        ),
    ],
)
def test_the_header_names_the_pages_that_a_role_may_open(sign_in, role, pages):
    client = sign_in(role)
    header = client.get("/").content.decode().partition('class="pages"')[2].partition("</nav>")[0]
    links = re.findall(r'<a href="([^"]+)">([^<]+)<', header)
    assert [words for _, words in links] == pages
    assert [client.get(address).status_code for address, _ in links] == [200] * len(pages)


def test_every_link_of_the_overview_leads_somewhere(sign_in, make_batch):
    make_batch()
    make_batch(state=BatchState.FINISHED, item_state=AttemptState.REFUSED)
    client = sign_in("administrator")
    links = set(re.findall(r'<a [^>]*href="(/[^"]*)"', client.get("/").content.decode()))
    assert len(links) > 10
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_overview_costs_the_same_for_few_and_for_many(
    sign_in, make_batch, django_assert_num_queries
):
    client = sign_in("auditor")
    client.get("/")
    for _ in range(3):
        make_batch()
        make_batch(state=BatchState.FINISHED, item_state=AttemptState.REFUSED)
    with django_assert_num_queries(19):
        client.get("/")


def test_the_overview_is_fetched_alone_and_shows_to_each_what_the_page_shows(sign_in, make_batch):
    make_batch()
    client = sign_in("viewer")
    assert 'data-live-url="/overview/"' in client.get("/").content.decode()
    answer = client.get("/overview/")
    assert "2 Running" in text(answer)
    assert "0 of 2 settled" in text(answer)
    assert "<html" not in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]


def test_somebody_without_a_role_fetches_no_numbers(sign_in, make_batch):
    make_batch()
    assert "Running" not in text(sign_in("").get("/overview/"))


def test_the_deletable_record_of_django_is_not_shown(sign_in):
    assert "Recent actions" not in text(sign_in("administrator").get("/"))


@pytest.mark.parametrize("label", ["mediajobs", "auth"])
def test_the_page_of_an_app_leads_to_the_overview(sign_in, label):
    assert sign_in("administrator").get(f"/{label}/").headers["Location"] == "/"


def test_signing_out_takes_a_form(sign_in):
    client = sign_in("viewer")
    assert client.get("/logout/").status_code == 405
    assert client.get("/").status_code == 200
    assert client.post("/logout/").status_code == 200
    assert client.get("/").headers["Location"] == "/login/?next=/"


def test_a_password_is_changed_by_its_owner_who_stays_signed_in(sign_in):
    client = sign_in("viewer")
    new = "a long enough secret 7"
    form = {"old_password": "pw", "new_password1": new, "new_password2": new}
    assert client.post("/password_change/", form).status_code == 302
    assert client.get("/").status_code == 200
    client.post("/logout/")
    assert client.post("/login/", {"username": "viewer", "password": new}).status_code == 302
    assert client.get("/").status_code == 200


def test_who_is_not_staff_does_not_get_in(client, make_user):
    user = make_user("administrator")
    user.is_staff = False
    user.save()
    answer = client.post("/login/", {"username": user.username, "password": "pw"})
    assert "staff account" in text(answer)
    client.force_login(user)
    assert client.get("/").headers["Location"] == "/login/?next=/"
