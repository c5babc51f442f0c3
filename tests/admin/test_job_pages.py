"""The pages of one job: adding, facts, refreshing, label and note, deleting."""

import pytest
from django.utils import timezone
from django.utils.html import escape

from mediajobs.models import AuditEvent, AuditKind, CancelBatch, Job, JobStatus
from mediajobs.services import cancel
from tests.admin.cancel_steps import release, run
from tests.admin.cancel_steps import text as words


def url(job, page="change"):
    return f"/mediajobs/job/{job.pk}/{page}/"


def text(answer):
    return answer.content.decode()


def test_an_added_job_has_the_status_that_the_remote_tells(sign_in, world):
    job_id = world.add_job("/media/enhance", "Running")
    about = {"remote_id": job_id, "path": "/media/enhance", "label": "News", "note": ""}
    answer = sign_in("operator").post("/mediajobs/job/add/", about, follow=True)
    job = Job.objects.get()
    assert answer.redirect_chain == [(url(job), 302)]
    assert (job.status, job.label, job.recorded_by) == (JobStatus.RUNNING, "News", "operator")
    assert f"Job {job_id} is added." in text(answer)
    assert AuditEvent.objects.get().kind == AuditKind.JOB_RECORDED


def test_a_job_that_cannot_be_read_is_kept_as_unknown_and_the_reason_told(sign_in, world):
    world.faults = {"status.error": 1.0}
    about = {"remote_id": "0f4c2b1e-7a35", "path": "/media/enhance"}
    answer = sign_in("operator").post("/mediajobs/job/add/", about, follow=True)
    assert Job.objects.get().status == JobStatus.UNKNOWN
    assert "The status could not be read." in text(answer)


def test_a_job_added_under_another_api_says_that_the_remote_does_not_know_it(sign_in, world):
    job_id = world.add_job("/media/enhance", "Running")
    about = {"remote_id": job_id, "path": "/media/master"}
    answer = sign_in("operator").post("/mediajobs/job/add/", about, follow=True)
    assert "Its API path here is /media/master" in text(answer)
    assert "no such job under /media/master" in text(answer)


def test_a_job_that_is_known_is_not_added_but_linked(sign_in, make_job):
    job = make_job(label="News")
    about = {"remote_id": job.remote_id, "path": job.path}
    answer = sign_in("operator").post("/mediajobs/job/add/", about)
    assert answer.status_code == 422
    assert f'This job is here already: <a href="{url(job)}">News</a>.' in text(answer)
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"remote_id": "abc"}, "“abc” is not a job id."),
        ({"remote_id": ""}, "Write the job id, as the API gave it out."),
        ({"path": ""}, "Choose the API that the job was submitted to."),
        ({"path": "/etc"}, "Choose the API that the job was submitted to."),
        ({"label": "x" * 201}, "This is too long: shorten it to 200 characters."),
        ({"note": "x" * 100_000}, "This is too long: shorten it to 2,000 characters."),
    ],
)
def test_what_cannot_be_a_job_is_refused_in_a_sentence(sign_in, world, about, sentence):
    about = {"remote_id": "0f4c2b1e-7a35", "path": "/media/enhance"} | about
    answer = sign_in("operator").post("/mediajobs/job/add/", about)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Job.objects.exists()


def test_the_page_tells_the_facts_and_escapes_the_error(sign_in, make_job):
    job = make_job(status="Failed")
    Job.objects.update(error="<b>broken</b>", progress=7, api_version="v1.7", duration="95.2")
    html = text(sign_in("viewer").get(url(job)))
    assert job.remote_id in html
    assert "&lt;b&gt;broken&lt;/b&gt;" in html
    assert "v1.7" in html
    assert "95.200 s" in html
    assert 'value="7"' in html


def test_the_page_of_a_job_takes_few_queries(sign_in, make_job, django_assert_num_queries):
    client, job = sign_in("operator"), make_job()
    # session, user, two of rights, job, cancellations, events
    with django_assert_num_queries(7):
        client.get(url(job))


def test_a_refresh_brings_the_news_of_the_remote(sign_in, make_job, world):
    job = make_job(status="Running")
    Job.objects.update(status=JobStatus.PENDING, checked_at=None)
    answer = sign_in("operator").post(url(job, "refresh"), follow=True)
    assert answer.redirect_chain == [(url(job), 302)]
    assert "Read just now: Running." in text(answer)
    assert Job.objects.get().status == JobStatus.RUNNING


def test_a_refresh_that_fails_says_why_and_changes_nothing(sign_in, make_job, world):
    job = make_job(status="Running")
    world.faults = {"status.error": 1.0}
    answer = sign_in("operator").post(url(job, "refresh"), follow=True)
    assert "The status could not be read." in text(answer)
    assert "Read just now" not in text(answer)
    assert Job.objects.get().status == JobStatus.RUNNING


def test_a_refresh_without_a_token_says_so(sign_in, make_job, settings):
    job = make_job(status="Running")
    settings.DOLBYIO_API_TOKEN = ""
    answer = sign_in("operator").post(url(job, "refresh"), follow=True)
    assert "No credentials are set" in text(answer)


SAID = {"label": "News", "owner": "Sport", "link": "https://mam/1?a=b", "note": "Why"}


def test_what_people_say_of_a_job_can_be_changed_and_nothing_else(sign_in, make_job):
    job = make_job(status="Running")
    about = {**SAID, "status": "success", "remote_id": "other-id-1"}
    answer = sign_in("operator").post(url(job), about, follow=True)
    assert "Your changes are stored." in text(answer)
    stored = Job.objects.get()
    assert {name: getattr(stored, name) for name in SAID} == SAID
    assert (stored.status, stored.remote_id) == (JobStatus.RUNNING, job.remote_id)
    assert AuditEvent.objects.get().kind == AuditKind.JOB_EDITED


def test_a_note_that_is_too_long_is_refused_and_stays_in_the_form(sign_in, make_job):
    job = make_job()
    answer = sign_in("operator").post(url(job), {"label": "New", "note": "x" * 2001})
    assert answer.status_code == 422
    assert "This is too long: shorten it to 2,000 characters." in text(answer)
    assert "x" * 2001 in text(answer)
    assert Job.objects.get().label == ""


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_a_link_to_the_web_is_a_link_that_tells_nothing_of_where_it_was_followed(
    sign_in, make_job, role
):
    job = make_job()
    Job.objects.update(link="https://mam/1?a=b&c=<b>")
    html = sign_in(role).get(url(job)).content.decode()
    assert '<a href="https://mam/1?a=b&amp;c=&lt;b&gt;" rel="noopener noreferrer">' in html


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//mam/1", "<b>"])
def test_a_link_that_leads_nowhere_on_the_web_is_text(sign_in, make_job, role, link):
    job = make_job()
    Job.objects.update(link=link)
    html = sign_in(role).get(url(job)).content.decode()
    assert f'href="{escape(link)}"' not in html
    assert escape(link) in html
    assert link != "<b>" or "<b>" not in html


def test_a_link_that_is_no_web_address_is_refused_and_stays_in_the_form(sign_in, make_job):
    job = make_job()
    answer = sign_in("operator").post(url(job), {**SAID, "link": "javascript:alert(1)"})
    assert answer.status_code == 422
    assert "is no web address. Write it whole" in text(answer)
    assert 'value="javascript:alert(1)"' in answer.content.decode()
    assert Job.objects.get().link == ""


def test_a_viewer_sees_label_and_note_without_a_form_and_why_buttons_are_off(sign_in, make_job):
    job = make_job(label="News")
    html = text(sign_in("viewer").get(url(job)))
    assert "Store changes" not in html
    assert "News" in html
    assert f'href="{url(job, "cancel")}"' not in html
    assert "You have no right to request cancellation." in html
    assert "You have no right to refresh a job." in html


def test_a_finished_job_says_why_it_cannot_be_cancelled(sign_in, make_job):
    job = make_job(status="Success")
    html = text(sign_in("operator").get(url(job)))
    assert f'href="{url(job, "cancel")}"' not in html
    assert "It has ended: there is nothing to cancel." in html


def test_an_active_job_links_to_its_cancellation(sign_in, make_job):
    job = make_job()
    html = text(sign_in("operator").get(url(job)))
    assert f'href="{url(job, "cancel")}">Request cancellation</a>' in html


def test_a_job_that_was_asked_for_says_when_and_where_and_offers_no_second_request(
    sign_in, make_job, operator
):
    job = make_job()
    batch = release(job, by=operator)
    client = sign_in("operator")
    assert f'href="{url(job, "cancel")}"' in text(client.get(url(job)))
    run(batch)
    for page, sentence in (
        ("change", f"Requested 0 s ago in cancellation {batch.pk} ; the panel looks until it has"),
        ("cancel", f"operator asked for this job in cancellation {batch.pk} 0 s ago"),
    ):
        answer = client.get(url(job, page))
        assert 'class="button danger"' not in text(answer)
        assert 'disabled aria-describedby="why-not">Request cancellation</button>' in text(answer)
        assert sentence in words(answer)


def test_a_job_that_the_remote_does_not_know_says_so(sign_in, make_job):
    job = make_job()
    Job.objects.update(missing_at=timezone.now())
    assert "it forgets jobs after 31 days" in text(sign_in("viewer").get(url(job)))


@pytest.mark.parametrize("page", ["change", "refresh", "delete"])
def test_a_job_that_is_gone_leads_back_with_a_sentence(sign_in, db, page):
    client = sign_in("administrator")
    answer = client.post(f"/mediajobs/job/999/{page}/", follow=True)
    assert answer.status_code == 200
    assert "doesn’t exist" in text(answer)


def test_a_deleted_job_is_gone_and_on_record(sign_in, make_job):
    job = make_job(label="News")
    client = sign_in("administrator")
    assert job.remote_id in text(client.get(url(job, "delete")))
    assert Job.objects.exists()
    answer = client.post(url(job, "delete"), follow=True)
    assert f"Job {job.remote_id} is deleted here." in text(answer)
    assert not Job.objects.exists()
    assert AuditEvent.objects.get().kind == AuditKind.JOB_DELETED


def test_a_job_that_is_being_cancelled_is_not_deleted_and_the_page_says_why(
    sign_in, make_job, operator
):
    job = make_job()
    batch = cancel.draft(Job.objects.all(), by=operator, selection="one")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.")
    answer = sign_in("administrator").post(url(job, "delete"), follow=True)
    assert answer.redirect_chain == [(url(job), 302)]
    assert f"Cancellation {CancelBatch.objects.get().pk} still works on this job." in text(answer)
    assert Job.objects.exists()


@pytest.mark.parametrize(
    ("source", "who", "sentence"),
    [
        ("form", "ada", "typed in by ada"),
        ("file", "ada", "pasted or uploaded by ada"),
        ("command", "shell:ada", "by a command of shell:ada"),
        ("remote", "", "found in the remote’s list"),
    ],
)
def test_the_page_says_how_the_panel_came_to_know_the_job(sign_in, make_job, source, who, sentence):
    job = make_job()
    Job.objects.update(source=source, recorded_by=who)
    assert f"ago) {sentence}" in words(sign_in("viewer").get(url(job)))


@pytest.mark.parametrize(("status", "goes_on"), [("Running", True), ("Failed", False)])
def test_only_of_a_job_that_runs_is_said_that_it_goes_on(sign_in, make_job, status, goes_on):
    html = text(sign_in("administrator").get(url(make_job(status=status), "delete")))
    assert "The media API is not told" in html
    assert ("the job goes on there" in html) == goes_on


def test_a_complaint_stands_below_its_field_on_every_form(sign_in, make_job):
    client, job = sign_in("operator"), make_job()
    for address, field in (("/mediajobs/job/add/", "remote_id"), (url(job, "cancel"), "reason")):
        html = text(client.post(address, {}))
        assert html.index(f'name="{field}"') < html.index(f'id="id_{field}_error"')
