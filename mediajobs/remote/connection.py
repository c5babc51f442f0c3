"""The one client of an app and process."""

import functools
import os

from django.conf import settings

from mediajobs.remote.app_secrets import Secrets, read_secrets
from mediajobs.remote.auth import AppKey, Auth, NoCredentials, StaticToken
from mediajobs.remote.client import MediaClient
from mediajobs.remote.pacing import Pacing
from mediajobs.remote.shared_rate import SharedRate


def connect(place: str = "") -> MediaClient:
    """Give the client of the app whose secrets live at `place`; without it, of the settings.

    One per process, app and set of values, with a pace and a breaker of its own. Where there
    are no credentials its calls say so.
    """
    return _connect(
        os.getpid(),  # a forked process must not share its parent's sockets
        place,
        read_secrets(place),
        settings.DOLBYIO_API_URL,
        settings.DOLBYIO_AUTH_URL,
        settings.MEDIA_API_MAX_IN_FLIGHT,
        settings.MEDIA_API_MAX_PER_SECOND,
        settings.MEDIA_API_RATE_URL,
    )


@functools.lru_cache(maxsize=64)
def _connect(
    _process: int,
    place: str,
    secrets: Secrets,
    api_url: str,
    auth_url: str,
    max_in_flight: int,
    max_per_second: float,
    rate_url: str,
) -> MediaClient:
    shared = SharedRate(rate_url, place, max_per_second) if rate_url else None
    pacing = Pacing(max_in_flight, max_per_second, shared=shared)
    return MediaClient(api_url=api_url, auth=_auth(secrets, auth_url), pacing=pacing)


def _auth(secrets: Secrets, auth_url: str) -> Auth:
    if secrets.token:
        return StaticToken(secrets.token)
    if secrets.key and secrets.secret:
        return AppKey(auth_url, secrets.key, secrets.secret)
    return NoCredentials(secrets.problem)


def forget() -> None:
    """Drop the client that connect() keeps."""
    _connect.cache_clear()
