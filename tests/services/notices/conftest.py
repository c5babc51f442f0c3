"""A panel that tells two addresses and, by e-mail, whoever wishes so."""

import json

import pytest

from mediajobs.models import Job
from mediajobs.services import cancel

HOOK = "https://hooks.example/panel"
SLACK = "slack+https://hooks.slack.com/services/T0000/B0000/secretsecretsecret"
SLACK_URL = SLACK.removeprefix("slack+")


@pytest.fixture(autouse=True)
def notice_settings(settings):
    settings.NOTICE_URLS = [HOOK, SLACK]
    settings.NOTICE_SECRET = "a-secret-for-tests-0123456789"
    settings.MAIL_IS_CONFIGURED = True
    settings.DEFAULT_FROM_EMAIL = "panel@example.com"
    settings.PANEL_URL = "https://panel.example.com"
    return settings


@pytest.fixture
def operator(operator):
    """A bulk operator who has an e-mail address."""
    operator.user.email = "alice@example.org"
    operator.user.save()
    return operator


@pytest.fixture
def released(operator):
    """Draft and confirm a cancellation of these jobs."""

    def release(*jobs, reason="It hangs.", **options):
        chosen = Job.objects.filter(pk__in=[job.pk for job in jobs])
        batch = cancel.draft(chosen, by=operator, selection="ticked")
        assert cancel.confirm(batch, by=operator, category="stuck", reason=reason, **options)
        return batch

    return release


@pytest.fixture
def aborted(make_job, released, operator):
    """A cancellation whose end is to be told by mail, to a hook, and to Slack."""
    batch = released(make_job(), mails_requester=True)
    cancel.abort(batch, by=operator)
    return batch


@pytest.fixture
def hooks(network):
    """Let both addresses take everything; gives what came, as (address, headers, body)."""
    came = []

    def take(request):
        came.append((request.url, request.headers, json.loads(request.body)))
        return 200, {}, "ok"

    for url in (HOOK, SLACK_URL):
        network.add_callback("POST", url, callback=take)
    return came
