"""Noting for the pages whether the remote can be read, app by app."""

from mediajobs.models import Credential, Heartbeat
from mediajobs.remote import HeldBack, MediaError
from mediajobs.services import pulse


def note_health(credential: Credential | None, failure: MediaError | None) -> None:
    """Note that an app can be read, or why not; our own pacing is no news of it."""
    if failure is None:
        pulse.beat(Heartbeat.of_remote(credential))
    elif not isinstance(failure, HeldBack):
        pulse.fail(Heartbeat.of_remote(credential), str(failure))
