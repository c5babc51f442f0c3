"""The page of a released cancellation, and the parts of it that are fetched again and again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.admin.progress import ORDER, Progress
from mediajobs.models import (
    AttemptState,
    AuditEvent,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Credential,
    Heartbeat,
)
from mediajobs.services import cancel, pulse
from mediajobs.services.cancel.steer import pause_by_engine
from tests.admin.cancel_steps import actor, draft, release, run, text, url

PARTS = ["progress", "items"]
PAGE_QUERIES = 15
PROGRESS_QUERIES = 14


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


@pytest.fixture
def finished(person, make_job, world):
    """A batch of which the remote cancelled two jobs and refused one."""
    world.cancel_delay = 0
    world.fault_next("cancel.refuse")
    batch = release(make_job(label="Refused"), make_job(), make_job())
    run(batch)
    CancelAttempt.objects.update(verify_at=timezone.now())
    cancel.verify()
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED
    return batch


def test_a_batch_with_a_refusal_ends_as_finished_with_problems(person, finished):
    words = text(person.get(url("change", finished)))
    assert "Finished with problems 3 of 3 settled, 1 with a problem" in words
    assert "Cancelled 2" in words
    assert "Refused 1" in words


def test_the_bar_has_a_part_for_each_state_and_no_style(person, finished):
    content = person.get(url("change", finished)).content.decode()
    assert content.count("<rect ") == 2
    assert 'class="tone-bad"' in content
    assert "style=" not in content


def test_every_state_has_its_place_in_the_bar():
    assert sorted(ORDER) == sorted(AttemptState)


def test_one_refusal_among_thousands_is_still_seen(finished):
    counts = dict.fromkeys(AttemptState.values, 0) | {"cancelled": 50_000, "refused": 1}
    parts = Progress(finished, counts).segments()
    assert [(part.x, part.width > 4) for part in parts] == [(0, True), (parts[0].width, True)]
    assert sum(part.width for part in parts) == 1000


def test_what_waits_to_be_sent_is_the_empty_end_of_the_bar(person, make_job):
    content = person.get(url("change", release(make_job()))).content.decode()
    assert "<rect " not in content


def test_the_page_says_who_why_and_when(person, finished):
    words = text(person.get(url("change", finished)))
    assert "Requested by bulk-operator" in words
    assert "Reason Stuck or far too slow: It hangs." in words
    assert "Chosen 3 ticked – 3 jobs" in words
    for deed in (
        "Drafted: 3 jobs: 3 ticked",
        "Released: 3 jobs: 3 ticked",
        "bulk-operator Finished",
    ):
        assert deed in words


def test_each_job_has_its_state_and_the_words_of_the_remote(person, finished):
    content = person.get(url("change", finished)).content.decode()
    refused = finished.attempts.get(state=AttemptState.REFUSED)
    assert f'href="/mediajobs/job/{refused.job_id}/change/"' in content
    assert "Refused, and the job has not ended." in content
    assert f'<details id="answer-{refused.pk}"><summary>HTTP 409</summary>' in content


def test_an_answer_of_the_remote_is_shown_as_text(person, finished):
    finished.attempts.update(answer="<script>alert(1)</script>", detail="<b>bold</b>")
    content = person.get(url("change", finished)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert "<script>alert(1)" not in content
    assert "<b>bold" not in content


def test_what_was_not_answered_has_no_time_of_an_answer(person, finished):
    finished.attempts.update(remote_status=None, answer="", answered_at="2020-02-02T02:02:02Z")
    assert "2020-02-02" not in person.get(url("items", finished)).content.decode()


def test_a_deleted_job_is_shown_as_text(person, finished):
    attempt = finished.attempts.first()
    attempt.job.delete()
    content = person.get(url("items", finished)).content.decode()
    assert f"{attempt.short_id}</span>" in content
    assert "deleted from the panel" in content


def test_the_items_can_be_narrowed_to_one_state(person, finished):
    response = person.get(url("change", finished), {"state": "refused"})
    words = text(response)
    assert "Jobs: refused 1 Show all" in words
    assert "The remote says: Cancelled." not in words


@pytest.mark.parametrize("query", [{"state": "no_such"}, {"page": "x"}, {"page": "99"}])
def test_a_state_or_a_page_that_there_is_not_shows_the_items_all_the_same(person, finished, query):
    assert "Jobs 3" in text(person.get(url("change", finished), query))


def test_the_items_come_fifty_a_page(person, make_job):
    batch = release(*(make_job() for _ in range(51)))
    first, second = (person.get(url("items", batch), {"page": n}) for n in (1, 2))
    assert first.content.decode().count("<tr>") == 51
    assert second.content.decode().count("<tr>") == 2
    assert "51 to 51 of 51" in text(second)


def test_a_page_that_is_being_watched_asks_again_with_and_without_script(person, make_job):
    content = person.get(url("change", release(make_job()))).content.decode()
    assert 'data-live-seconds="2"' in content
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in content
    assert "data-live-done" not in content


def test_a_page_that_has_ended_stands_still(person, finished):
    content = person.get(url("change", finished)).content.decode()
    assert content.count("data-live-done") == 2
    assert "http-equiv" not in content
    for part in PARTS:
        assert "data-live-done" in person.get(url(part, finished)).content.decode()


def test_an_aborted_batch_is_watched_while_the_remote_has_not_answered(person, make_job, world):
    world.cancel_delay = 3600
    batch = release(make_job())
    run(batch)
    cancel.abort(batch, by=actor())
    for part in PARTS:
        assert "data-live-done" not in person.get(url(part, batch)).content.decode()


def test_without_a_worker_the_page_says_so_until_it_has_ended(person, make_job, finished):
    batch = release(make_job())
    for address in (url("change", batch), url("progress", batch)):
        assert "python manage.py serve" in text(person.get(address))
    assert "python manage.py serve" not in text(person.get(url("change", finished)))
    pulse.beat(Heartbeat.WORKER)
    assert "python manage.py serve" not in text(person.get(url("change", batch)))
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(minutes=1))
    assert "python manage.py serve" in text(person.get(url("change", batch)))


def test_where_statuses_cannot_be_read_the_page_says_so_until_the_cancellation_has_ended(
    person, make_job, finished
):
    batch = release(make_job())
    pulse.fail(Heartbeat.REMOTE, "<b>Read timed out.")
    for address in (url("change", batch), url("progress", batch)):
        content = person.get(address).content.decode()
        assert "The media API cannot be read. &lt;b&gt;Read timed out." in content
    assert "cannot be read" not in text(person.get(url("change", finished)))
    pulse.beat(Heartbeat.REMOTE)
    assert "cannot be read" not in text(person.get(url("change", batch)))


def test_it_says_of_its_own_app_alone_that_statuses_cannot_be_read(person, make_job):
    batch = release(make_job())
    batch.credential = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    batch.save()
    pulse.fail(Heartbeat.REMOTE, "Read timed out.")
    assert "cannot be read" not in text(person.get(url("change", batch)))
    pulse.fail(Heartbeat.of_remote(batch.credential), "Connection refused.")
    words = text(person.get(url("change", batch)))
    assert "The media API cannot be read for Sports. Connection refused." in words


def test_what_paused_a_batch_is_told_once(person, make_job):
    batch = release(make_job())
    pulse.fail(Heartbeat.REMOTE, "The media API fails.")
    pause_by_engine(batch, reason="The media API fails.", retry_after=60)
    assert "cannot be read" not in text(person.get(url("progress", batch)))
    pulse.fail(Heartbeat.REMOTE, "Read timed out.")
    assert "cannot be read. Read timed out." in text(person.get(url("progress", batch)))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_a_fragment_that_nobody_keeps(person, finished, part):
    response = person.get(url(part, finished))
    assert "no-store" in response.headers["Cache-Control"]
    assert "<html" not in response.content.decode()
    assert "csrfmiddlewaretoken" not in response.content.decode()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_only_read(person, finished, part):
    assert person.post(url(part, finished)).status_code == 405


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_batch_that_is_gone_is_not_found(person, make_job, part):
    batch = draft(make_job())
    address = url(part, batch)
    CancelBatch.objects.all().delete()
    assert person.get(address).status_code == 404


@pytest.mark.parametrize("part", [*PARTS, "change"])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("viewer", 200),
        ("operator", 200),
        ("bulk operator", 200),
        ("auditor", 200),
        ("administrator", 200),
        ("", 403),
    ],
)
def test_who_sees_a_cancellation(client, make_user, make_job, role, status, part):
    make_user("bulk operator", name="owner")
    batch = release(make_job(), make_job(), by=actor("owner"))
    client.force_login(make_user(role))
    response = client.get(url(part, batch))
    assert response.status_code == status
    if status == 403:
        assert "You have no right to see cancellations." in text(response)


@pytest.mark.parametrize("part", [*PARTS, "change"])
def test_nobody_sees_a_cancellation_without_signing_in(client, make_user, make_job, part):
    make_user("bulk operator")
    assert client.get(url(part, release(make_job()))).url.startswith("/login/")


@pytest.mark.parametrize("name", ["change", "progress"])
def test_the_buttons_stand_above_all_that_grows(person, make_job, name):
    content = person.get(url(name, release(make_job()))).content.decode()
    buttons = content.index('id="abort"')
    assert all(
        buttons < content.index(below) for below in ("notice-bad", "<h2", "<svg class=", "<table")
    )


def test_when_all_is_sent_there_is_nothing_to_pause_and_the_page_says_so(person, make_job, world):
    world.cancel_delay = 3600
    batch = release(make_job(), make_job())
    run(batch)
    response = person.get(url("change", batch))
    assert "Nothing is left to send; waiting for the remote’s word on 2 jobs." in text(response)
    assert "formaction" not in response.content.decode()
    words = text(person.get(url("abort_ask", batch)))
    assert "Nothing is left to send; waiting for the remote’s word on 2 jobs." in words
    assert "Go back" in words
    assert "0 job" not in words
    assert "No more requests" not in words
    assert "queued job" not in words


def test_a_viewer_sees_why_there_are_no_buttons(client, make_user, make_job):
    make_user("bulk operator")
    batch = release(make_job())
    client.force_login(make_user("viewer"))
    response = client.get(url("change", batch))
    assert "Only the group “bulk operator” may pause, resume or abort." in text(response)
    assert "formaction" not in response.content.decode()


def test_the_page_costs_the_same_for_one_job_and_for_many(
    person, make_job, django_assert_num_queries
):
    small, large = release(make_job()), release(*(make_job() for _ in range(30)))
    person.get(url("change", small))
    for batch in (small, large):
        with django_assert_num_queries(PAGE_QUERIES):
            person.get(url("change", batch))


def test_the_progress_costs_few_queries(person, make_job, django_assert_num_queries):
    batch = release(make_job(), make_job())
    with django_assert_num_queries(PROGRESS_QUERIES):
        person.get(url("progress", batch))


def test_a_page_that_is_read_writes_nothing_into_the_trail(person, finished):
    before = AuditEvent.objects.count()
    person.get(url("change", finished))
    assert AuditEvent.objects.count() == before


def test_an_item_that_was_claimed_and_never_sent_has_no_time_of_sending(person, make_job):
    batch = release(make_job())
    claimed_at = timezone.now() - timezone.timedelta(hours=5)
    batch.attempts.update(state=AttemptState.QUEUED, sent_at=claimed_at)
    assert f"{claimed_at:%H:%M:%S}" not in text(person.get(url("items", batch)))
    for facts in ({"send_count": 1}, {"send_count": 0, "remote_status": 429}):
        batch.attempts.update(**facts)
        assert f"{claimed_at:%H:%M:%S}" in text(person.get(url("items", batch)))
