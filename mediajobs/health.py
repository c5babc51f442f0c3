"""Whether the workers and the remote are alive, in words for pages and machines."""

from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError

from mediajobs import guard
from mediajobs.models import Credential, Heartbeat

#: The clock beats every five seconds; four beats missed mean that nobody is there.
WORKER_SILENCE_SECONDS = 20
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
        "No worker is running: nothing is sent or checked until one is. "
        "Start it with “python manage.py serve”, or “celery -A mediajobs worker” "
        "and “celery -A mediajobs beat”."
    )
    return Health("worker", False, words, pulse.beat_at if pulse else None)


def trail() -> Health:
    """Say whether the database guards the trail against changes."""
    words = guard.words()
    return Health("trail", not words, words or "The trail is guarded.", None)


def remotes() -> list[Health]:
    """Say of each app whether the media API answered when it was last asked."""
    return [remote(credential) for credential in (None, *Credential.objects.all())]


def remote(credential: Credential | None = None) -> Health:
    pulse = Heartbeat.objects.filter(name=Heartbeat.of_remote(credential)).first()
    app = f" for {credential}" if credential else ""
    if pulse is None:
        return Health("remote", True, f"The media API has not been asked yet{app}.", None)
    if pulse.failing_since is None:
        return Health("remote", True, f"The media API answers{app}.", pulse.beat_at)
    words = f"The media API cannot be read{app}. {pulse.detail}"
    return Health("remote", False, words, pulse.beat_at)
