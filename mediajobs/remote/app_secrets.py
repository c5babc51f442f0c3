"""Where the secrets of an app live: the settings, other names of the environment, or a file."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from django.conf import settings

NAMES = ("API_TOKEN", "APP_KEY", "APP_SECRET")
MOST_CHARACTERS = 64 * 1024
NOT_SET = "No credentials are set: give an API token, or an app key and its secret."


@dataclass(frozen=True, slots=True)
class Secrets:
    """A token, or an app's key and secret; without them `problem` says what to do."""

    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    problem: str = NOT_SET


def read_secrets(place: str) -> Secrets:
    """Read the secrets of a place anew; without a place, those of the settings."""
    if place.startswith("/"):
        return read_file(place)
    if place:
        names = [f"{place}_{name}" for name in NAMES]
        problem = f"{names[1]} and {names[2]} (or {names[0]}) are not set in the environment."
        return Secrets(*(settings.ENVIRONMENT.text(name) for name in names), problem)
    return Secrets(
        settings.DOLBYIO_API_TOKEN, settings.DOLBYIO_APP_KEY, settings.DOLBYIO_APP_SECRET
    )


def missing_secrets(place: str) -> str:
    """Say what is missing at a place, or ""."""
    secrets = read_secrets(place)
    return "" if secrets.token or (secrets.key and secrets.secret) else secrets.problem


def app_behind(place: str) -> str:
    """Name the app whose secrets live at a place, by a hash that tells nobody anything.

    Of its API's address and its key; of a token, which changes, by where it lives. "" while
    there are no secrets to tell it by.
    """
    secrets = read_secrets(place)
    if not (secrets.token or secrets.key):
        return ""
    name = f"{settings.DOLBYIO_API_URL}\n{secrets.key or place}"
    return sha256(name.encode()).hexdigest()[:16]


def read_file(path: str) -> Secrets:
    """Read lines of NAME=value; others are passed over."""
    if Path(path).exists() and not Path(path).is_file():
        return Secrets(problem=f"{path} is no file.")
    try:
        with Path(path).open(encoding="utf-8") as file:
            lines = file.read(MOST_CHARACTERS).splitlines()
    except OSError as error:
        return Secrets(problem=f"{path} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        return Secrets(problem=f"{path} is not written in UTF-8.")
    values = {name.strip(): value.strip() for name, _, value in (x.partition("=") for x in lines)}
    problem = f"{path} has no APP_KEY and APP_SECRET, and no API_TOKEN."
    return Secrets(*(values.get(name, "") for name in NAMES), problem)
