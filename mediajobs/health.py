"""Whether the workers and the remote are alive, in words for pages and machines."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import (
    AuditAnchor,
    AuditEvent,
    AuditKind,
    AuditLink,
    Credential,
    Heartbeat,
    WebhookDelivery,
)
from mediajobs.models.checkpoint import SIGNER
from mediajobs.services.audit import memory

#: The clock beats every five seconds; after four beats missed something on their way is not there.
WORKER_SILENCE_SECONDS = 20
#: Deliveries of the webhook are followed within seconds; many at once within a minute or two.
DELIVERY_PATIENCE = timedelta(minutes=3)
REJECTION_NEWS_AGE = timedelta(hours=1)
#: Sealing takes seconds. So many are looked at of those that should be sealed, the newest.
SEALING_PATIENCE = timedelta(minutes=1)
NEWEST = 100
#: What a database raises that is away, read-only, or not the panel's to write.
DATABASE_FAILURES = (InterfaceError, InternalError, OperationalError, ProgrammingError)


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one part: `words` say what is wrong and what to do."""

    name: str
    is_well: bool
    words: str
    seen_at: datetime | None


def worker() -> Health:
    """Say whether the clock, the queue and a worker have shown themselves lately."""
    pulse = Heartbeat.objects.filter(name=Heartbeat.WORKER).first()
    if pulse and pulse.is_younger_than(WORKER_SILENCE_SECONDS):
        return Health("worker", True, "A worker is running.", pulse.beat_at)
    words = (
        f"No sign of life by way of clock, queue and worker {silence(pulse)}. "
        "A worker still at a cancellation may go on sending. "
        "Look whether worker, clock (beat) and broker run: “python manage.py serve” starts the "
        "first two, as do “celery -A mediajobs worker” and “celery -A mediajobs beat”."
    )
    return Health("worker", False, words, pulse.beat_at if pulse else None)


def silence(pulse: Heartbeat | None) -> str:
    """Say since when nothing was seen, or that clocks disagree so that nobody knows."""
    if pulse is None:
        return "so far"
    seconds = int((timezone.now() - pulse.beat_at).total_seconds())
    if seconds < 0:
        return f"but one dated {length(-seconds)} ahead"
    return f"for {length(seconds)}"


def length(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60:,} min"


def trail() -> Health:
    """Say whether the database guards the trail, still has what was signed of it, and seals it."""
    signed_here, _ = memory.kept()  # that it cannot be read concerns whoever signs
    words = guard.words() or refusal_to_sign() or memory.gone(signed_here) or sealing_words()
    return Health("trail", not words, words or "The trail is guarded.", None)


def refusal_to_sign() -> str:
    refused = AuditAnchor.objects.filter(place__startswith=SIGNER).exclude(problem="").first()
    return refused.problem if refused else ""


def sealing_words() -> str:
    """Say that events wait to be sealed; they are sealed in order, so the newest wait too."""
    due = AuditEvent.objects.filter(at__lt=timezone.now() - SEALING_PATIENCE)
    newest = list(due.order_by("-at", "-pk").values_list("pk", flat=True)[:NEWEST])
    if AuditLink.objects.filter(event_id__in=newest).count() == len(newest):
        return ""
    return (
        "Events wait for more than a minute to be sealed. Start the workers anew; if that does not "
        "help, look on PostgreSQL for a session that holds an advisory lock, and end it."
    )


def copies() -> list[Health]:
    """Say of each place outside that checkpoints do not reach it; nothing, while they do."""
    places = AuditAnchor.objects.exclude(problem="").exclude(place__startswith=SIGNER)
    return [Health("copies", False, place.problem, None) for place in places]


def remotes() -> list[Health]:
    """Say of each app whether the media API answered when it was last asked."""
    return [remote(credential) for credential in Credential.apps()]


def remote(credential: Credential | None = None) -> Health:
    pulse = Heartbeat.objects.filter(name=Heartbeat.of_remote(credential)).first()
    app = f" for {credential}" if credential else ""
    if pulse is None:
        return Health("remote", True, f"The media API has not been asked yet{app}.", None)
    if pulse.failing_since is None:
        return Health("remote", True, f"The media API answers{app}.", pulse.beat_at)
    words = f"The media API cannot be read{app}. {pulse.detail}"
    return Health("remote", False, words, pulse.beat_at)


def webhook() -> list[Health]:
    """Say of the webhook what somebody should look at; nothing, while there is nothing."""
    problems = [words for words in (waiting_words(), rejection_words()) if words]
    if not problems:
        return []
    seen_at = WebhookDelivery.objects.values_list("received_at", flat=True).first()
    return [Health("webhook", False, words, seen_at) for words in problems]


def waiting_words() -> str:
    overdue = timezone.now() - DELIVERY_PATIENCE
    if not WebhookDelivery.objects.waiting().filter(due_at__lt=overdue).exists():
        return ""
    return "Deliveries of the webhook wait to be followed: look whether the worker keeps up."


def rejection_words() -> str:
    recent = timezone.now() - REJECTION_NEWS_AGE
    rejected = AuditEvent.objects.filter(kind=AuditKind.WEBHOOK_REJECTED, at__gte=recent).first()
    if rejected is None:
        return ""
    return (
        f"The webhook rejected {rejected.detail} If they are the media API's own, "
        "run “python manage.py webhook register” again."
    )
