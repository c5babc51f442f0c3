"""Steps that the tests of the cancellation pages take."""

import re

from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.urls import reverse

from mediajobs.models import Job
from mediajobs.services import cancel
from mediajobs.services.audit import Actor

REASON = {"category": "stuck", "reason": "It hangs."}


def actor(name="bulk-operator"):
    """The person of a test who signed in, as an actor of services."""
    user = User.objects.get(username=name)
    return Actor(name=user.username, channel="web", user=user, user_id=str(user.pk))


def draft(*jobs, by=None):
    """Draft a cancellation of these jobs."""
    chosen = Job.objects.filter(pk__in=[job.pk for job in jobs])
    return cancel.draft(chosen, by=by or actor(), selection=f"{len(jobs)} ticked")


def release(*jobs, by=None):
    """Draft and confirm a cancellation of these jobs; nothing is sent yet."""
    batch = draft(*jobs, by=by)
    assert cancel.confirm(batch, by=by or actor(), **REASON)
    return batch


def run(batch):
    """Let a worker send what is due of a batch."""
    return cancel.run(batch, seconds=5, worker="test")


def url(name, batch):
    """The address of something of a batch."""
    return reverse(f"admin:mediajobs_cancelbatch_{name}", args=[batch.pk])


def said(response):
    """What a deed says to the person, on whatever page comes next."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def levels(response):
    """How loudly a deed says it: "info", "success" …"""
    return {message.level_tag for message in get_messages(response.wsgi_request)}


def text(response):
    """The words on a page, without the markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
