"""Several apps of one company: each with its jobs, its credentials, its pace and its failures."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs import health
from mediajobs.environment import Environment
from mediajobs.models import AttemptState, AuditEvent, BatchState, Credential, Heartbeat, Job
from mediajobs.services import apps, cancel, sync
from mediajobs.simulator.world import World
from tests.services.cancel.steps import run
from tests.simulated import serve_through_responses

API_URL, AUTH_URL = "https://media.test", "https://auth.test/v1/auth/token"


class Apps:
    """Two worlds behind one address; the token says whose jobs are meant."""

    def __init__(self, **worlds):
        self.worlds = worlds

    def handle(self, method, path, query, headers, body=b""):
        token = headers["Authorization"].removeprefix("Bearer ")
        return self.worlds[token.replace("-", "_")].handle(method, path, query, headers, body)


@pytest.fixture
def news():
    return World(seed=1, token="test-token")


@pytest.fixture
def sports():
    return World(seed=2, token="sports-token")


@pytest.fixture
def app(db, network, settings, news, sports):
    """The credential of the sports app beside the app of the settings, which is that of news."""
    settings.ENVIRONMENT = Environment({"DOLBYIO_SPORTS_API_TOKEN": "sports-token"})
    worlds = Apps(test_token=news, sports_token=sports)
    serve_through_responses(network, worlds, API_URL, AUTH_URL)
    for world in (news, sports):
        world.cancel_delay = 0
        world.add_job()
    return Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")


def discover(*apps):
    for credential in apps:
        list(sync.discover(credential=credential))


def jobs_of(world):
    return Job.objects.filter(remote_id__in=world.jobs)


def test_an_app_that_is_stored_as_it_was_is_no_deed(app, operator):
    apps.save(app, by=operator)
    assert not AuditEvent.objects.exists()
    app.place = "DOLBYIO_OTHER"
    apps.save(app, by=operator)
    assert AuditEvent.objects.get().detail == (
        "“Sports”, secret in DOLBYIO_SPORTS → “Sports”, secret in DOLBYIO_OTHER"
    )


def test_each_app_s_jobs_are_found_with_its_own_credentials(app, news, sports):
    discover(None, app)
    assert jobs_of(news).get().credential is None
    assert jobs_of(sports).get().credential == app


def test_an_app_that_is_led_to_another_one_s_secrets_is_read_from_its_beginning(
    app, news, sports, settings
):
    list(sync.discover_new(app))
    assert Job.objects.count() == 1
    news.add_job(submitted_ago=20 * 86_400)
    settings.ENVIRONMENT = Environment({"DOLBYIO_NEWS_API_TOKEN": "test-token"})
    app.place = "DOLBYIO_NEWS"
    list(sync.discover_new(app))
    assert jobs_of(news).count() == 2


def test_a_job_is_read_and_cancelled_with_the_credentials_of_its_app(app, sports, operator):
    discover(None, app)
    batch = cancel.draft(jobs_of(sports), by=operator, selection="ticked")
    assert batch.credential == app
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    run(batch)
    assert sync.refresh(jobs_of(sports).get()) == ""
    assert batch.attempts.get().state == AttemptState.CANCELLED


def test_jobs_of_several_apps_are_not_cancelled_together(app, operator):
    discover(None, app)
    with pytest.raises(ValidationError, match="of 2 apps"):
        cancel.draft(Job.objects.all(), by=operator, selection="all")


def recorded_under(app, world):
    """A job of this world that somebody recorded as one of this app."""
    return Job.objects.create(remote_id=world.add_job(), path="/media/transcode", credential=app)


def app_of(job):
    return Job.objects.get(pk=job.pk).credential


def test_a_job_recorded_under_the_wrong_app_goes_to_the_one_whose_list_names_it(app, news, sports):
    discover(None, app)
    jobs = [recorded_under(None, sports), recorded_under(app, news)]
    for each in (None, app):
        sync.refresh_active(each)
    assert [app_of(job) for job in jobs] == [app, None]
    for job in jobs:
        assert sync.refresh(Job.objects.get(pk=job.pk)) == ""
        assert Job.objects.get(pk=job.pk).missing_at is None


def test_a_job_that_is_being_cancelled_keeps_its_app_until_that_has_ended(app, sports, operator):
    job = recorded_under(None, sports)
    batch = cancel.draft(Job.objects.filter(pk=job.pk), by=operator, selection="ticked")
    discover(app)
    assert app_of(job) is None
    cancel.discard(batch, by=operator)
    discover(app)
    assert app_of(job) == app


def test_many_jobs_are_read_app_by_app(app, news, sports):
    discover(None, app)
    jobs = list(Job.objects.all())
    assert sync.refresh_many(jobs) == {job.pk for job in jobs}
    for world in (news, sports):
        assert world.journal[-1].status == 200


def test_an_app_that_cannot_be_read_keeps_nobody_from_the_others(app, news, sports):
    discover(None, app)
    news.faults = {"error": 1.0}
    sports.job(next(iter(sports.jobs))).settle("Cancelled", 0)
    Job.objects.update(checked_at=None)
    for each in Credential.apps():
        sync.refresh_active(each)
    assert jobs_of(sports).get().status == "cancelled"
    assert Heartbeat.objects.get(name="remote").failing_since
    assert [each.is_well for each in health.remotes()] == [False, True]
    assert health.remotes()[1].words == "The media API answers for Sports."


def test_credentials_that_are_gone_pause_a_batch_and_say_where_they_should_be(
    app, sports, operator, settings
):
    discover(app)
    batch = cancel.draft(jobs_of(sports), by=operator, selection="ticked")
    cancel.confirm(batch, by=operator, category="stuck", reason="It hangs.", inline=True)
    settings.ENVIRONMENT = Environment({})
    run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert "DOLBYIO_SPORTS_APP_KEY" in batch.pause_reason
    assert not sports.journal.cancels


def test_the_failures_of_one_app_leave_the_breaker_of_another_closed(app, news, sports):
    discover(None, app)
    news.faults = {"error": 1.0}
    for _ in range(12):
        sync.refresh(jobs_of(news).get())
    assert apps.client_of(None).pacing.snapshot().reads_open
    assert not apps.client_of(app).pacing.snapshot().reads_open
    assert sync.refresh(jobs_of(sports).get()) == ""
