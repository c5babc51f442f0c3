"""The timeline on the page of a job."""

from mediajobs.models import AuditKind, Job
from mediajobs.services import cancel
from mediajobs.services.audit import record
from tests.admin.test_job_pages import text, url


def test_the_timeline_tells_events_newest_first_with_reason_and_answer(sign_in, make_job, operator):
    job = make_job()
    jobs = Job.objects.filter(pk=job.pk)
    batch = cancel.draft(jobs, by=operator, selection="one")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs <b>")
    cancel.run(batch, seconds=5, worker="test")
    html = text(sign_in("auditor").get(url(job)))
    timeline = html.split('<ol class="timeline">')[1].split("</ol>")[0]
    assert timeline.index("The media API answered: requested") < timeline.index("Set out to send")
    assert "(HTTP 200)" in timeline
    assert timeline.count("because: It hangs &lt;b&gt;") == 1
    assert f'href="/mediajobs/cancelbatch/{batch.pk}/change/"' in timeline
    assert "<details><summary>The answer</summary><pre>{&quot;" in timeline


def test_the_timeline_ends_at_a_hundred_events_and_says_so(
    sign_in, make_job, operator, django_assert_num_queries
):
    client, job = sign_in("viewer"), make_job()
    for number in range(101):
        detail = f"event {number:03}"
        record(AuditKind.JOB_EDITED, operator, job_id=job.remote_id, detail=detail)
    with django_assert_num_queries(7):
        html = text(client.get(url(job)))
    assert "event 100" in html
    assert "event 001" in html
    assert "event 000" not in html
    assert "These are the newest 100 events." in html


def test_only_those_who_may_see_the_trail_are_led_there(client, sign_in, make_job, make_user):
    job = make_job()
    link = f'href="/mediajobs/auditevent/?job={job.remote_id}"'
    assert link not in text(sign_in("operator").get(url(job)))
    client.force_login(make_user("auditor"))
    assert link in text(client.get(url(job)))


def test_the_history_of_a_job_is_its_timeline(sign_in, make_job):
    job = make_job()
    answer = sign_in("viewer").get(url(job, "history"))
    assert (answer.status_code, answer["Location"]) == (302, url(job))
