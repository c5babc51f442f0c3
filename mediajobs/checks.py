"""Wrong or half-done settings, said at start; `manage.py check` shows them all."""

import re
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, run_checks
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError

from mediajobs import guard
from mediajobs.remote.notify import Receiver, read_receiver

TAG = "mediajobs"
RANGES = {
    "MEDIA_API_MAX_IN_FLIGHT": (1, 500),
    "MEDIA_API_MAX_PER_SECOND": (1, 10_000),
    "MEDIA_API_MAX_RETRY_AFTER": (1, 3600),
    "CANCEL_MAX_BATCH": (1, 1_000_000),
    "CANCEL_UNCONFIRMED_SECONDS": (10, 31 * 86_400),
    "CANCEL_LEASE_SECONDS": (5, 3600),
    "AUDIT_KEEP_DAYS": (1, 36_500),
    "AUDIT_SIGNED_FROM": (1, 1_000_000_000),
}
#: Seconds that a call to the media API takes at most once a thread has begun it: 5 each in the
#: line, for its turn and for a place in flight, and 20 for the exchange.
LONGEST_CALL = 35
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{24,}")
#: A shorter secret is guessed from one signed notice.
SHORTEST_NOTICE_SECRET = 16
BROKERS = {"filesystem", "memory", "redis", "rediss", "amqp", "amqps", "pyamqp"}


def check_settings(**_: Any) -> list[CheckMessage]:
    """Look at all settings; registered with Django when the application is ready."""
    return [
        *environment(),
        *secret_key(),
        *credentials(),
        *address("DOLBYIO_API_URL"),
        *address("DOLBYIO_AUTH_URL"),
        *numbers(),
        *lease(),
        *broker(),
        *shared_rate(),
        *webhook_secrets(),
        *panel_url(),
        *mail(),
        *notices(),
        *anchors(),
    ]


def check_trail(databases: list[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Look whether the database guards the trail; `migrate` mends it before it runs this."""
    sentence = guard.words() if databases and guard.tables_are_there() else ""
    return [Error(sentence, id="mediajobs.E025")] if sentence else []


def unguarded() -> str:
    """Say what guards the trail no more, or ""; of a database that is away nothing is known.

    One in which nothing of it is there yet was never migrated.
    """
    with suppress(DatabaseError):
        return guard.words() if guard.is_begun() else ""
    return ""


def problems() -> str:
    """Write down all errors, or "": for the doors whose programs run no system checks."""
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    return "\n".join(f"{error.msg} {error.hint}" for error in errors)


def environment() -> Iterator[CheckMessage]:
    for problem in settings.ENVIRONMENT_PROBLEMS:
        yield Error(problem, hint="Mend it in .env or in the environment.", id="mediajobs.E001")
    for name, known in settings.ENVIRONMENT_MISSPELT.items():
        hint = f"Did you mean {known}? Rename it or take it out."
        yield Caution(f"{name} is no setting of this panel.", hint=hint, id="mediajobs.W001")


def secret_key() -> Iterator[CheckMessage]:
    try:
        settings.SECRET_KEY  # noqa: B018 - Django refuses to give an empty one
    except ImproperlyConfigured:
        hint = (
            "Set it to a long random text, such as one printed by: "
            'python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
        yield Error("SECRET_KEY is not set.", hint=hint, id="mediajobs.E002")


def credentials() -> Iterator[CheckMessage]:
    key, secret = settings.DOLBYIO_APP_KEY, settings.DOLBYIO_APP_SECRET
    if bool(key) != bool(secret):
        there, missing = ("KEY", "SECRET") if key else ("SECRET", "KEY")
        sentence = f"DOLBYIO_APP_{there} is set, DOLBYIO_APP_{missing} is not."
        yield Error(sentence, hint="Set both or neither.", id="mediajobs.E003")
    elif settings.DOLBYIO_API_TOKEN and key:
        sentence = "DOLBYIO_API_TOKEN is set beside an app key and secret: the token is used."
        hint = "Take out the token; it ends within a day, the key and secret fetch new ones."
        yield Caution(sentence, hint=hint, id="mediajobs.W002")
    elif not (settings.DOLBYIO_API_TOKEN or key):
        sentence = "No credentials for the media API are set: it will refuse every call."
        hint = "Set DOLBYIO_APP_KEY and DOLBYIO_APP_SECRET, or DOLBYIO_API_TOKEN."
        yield Caution(sentence, hint=hint, id="mediajobs.W003")


def address(name: str, *, is_secret: bool = False) -> Iterator[CheckMessage]:
    """Check a setting; what is secret, as it may hold a password, is not repeated."""
    url = getattr(settings, name)
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete:
        hint = "Write it whole, such as https://api.dolby.com."
        told = "" if is_secret else f": {url[:200]!r}"
        yield Error(f"{name} is no address{told}.", hint=hint, id="mediajobs.E004")
    elif parts.scheme == "http" and not is_this_machine(parts.hostname):
        sentence = f"{name} is an http:// address: credentials would travel in the clear."
        yield Caution(sentence, hint="Write https://.", id="mediajobs.W004")


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def anchors() -> Iterator[CheckMessage]:
    if settings.AUDIT_ANCHOR_URL:
        found = address("AUDIT_ANCHOR_URL", is_secret=True)
        yield from filter(CheckMessage.is_serious, found)
    file = settings.AUDIT_ANCHOR_FILE
    if file and not Path(file).absolute().parent.is_dir():
        sentence = f"AUDIT_ANCHOR_FILE names a folder that is not there: {file[:200]!r}."
        yield Error(sentence, hint="Make the folder, or choose another.", id="mediajobs.E024")


def numbers() -> Iterator[CheckMessage]:
    for name, (least, most) in RANGES.items():
        value = getattr(settings, name)
        if not least <= value <= most:
            hint = f"Choose a whole number from {least} to {most}."
            yield Error(f"{name} is {value}.", hint=hint, id="mediajobs.E005")


def lease() -> Iterator[CheckMessage]:
    seconds = settings.CANCEL_LEASE_SECONDS
    if seconds < LONGEST_CALL:
        sentence = (
            f"CANCEL_LEASE_SECONDS is {seconds}: a call may take {LONGEST_CALL} s, and one that "
            "outlasts its lease may be sent again."
        )
        yield Caution(sentence, hint="Leave it out: it is 60.", id="mediajobs.W010")


def broker() -> Iterator[CheckMessage]:
    scheme = settings.CELERY_BROKER_URL.partition(":")[0]
    if scheme not in BROKERS:
        hint = "Write redis://host:6379/0 or amqp://user:password@host:5672//, or take it out."
        sentence = f"CELERY_BROKER_URL begins with {scheme[:20]!r}, which is no known broker."
        yield Error(sentence, hint=hint, id="mediajobs.E006")
    elif scheme == "memory":
        sentence = "CELERY_BROKER_URL is memory://, which no other process can reach."
        yield Caution(sentence, hint="Good for tests alone.", id="mediajobs.W005")


def shared_rate() -> Iterator[CheckMessage]:
    url = settings.MEDIA_API_RATE_URL
    if url and not url.startswith(("redis://", "rediss://")):
        sentence = (
            f"MEDIA_API_RATE_URL begins with {url.partition(':')[0][:20]!r}, which is no Redis."
        )
        hint = "Write redis://host:6379/0, or take it out."
        yield Error(sentence, hint=hint, id="mediajobs.E007")


def webhook_secrets() -> Iterator[CheckMessage]:
    """A secret goes into a header, and whoever guesses it may deliver: it is never shown."""
    for place, secret in enumerate(settings.MEDIA_WEBHOOK_SECRETS, start=1):
        if not WEBHOOK_SECRET.fullmatch(secret):
            sentence = (
                f"Secret {place} of MEDIA_WEBHOOK_SECRETS is shorter than 24 characters, "
                "or holds others than letters, digits and -._~+/="
            )
            hint = 'Write one printed by: python -c "import secrets; print(secrets.token_hex(32))"'
            yield Error(sentence, hint=hint, id="mediajobs.E008")


def panel_url() -> Iterator[CheckMessage]:
    url = settings.PANEL_URL
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in ("http", "https") and parts.hostname and not parts.query
    except ValueError:
        is_complete = False
    if url and not is_complete:
        hint = "Write where people open the panel, such as https://panel.example.com."
        yield Error(f"PANEL_URL is no address: {url[:200]!r}.", hint=hint, id="mediajobs.E020")


def mail() -> Iterator[CheckMessage]:
    sender = settings.DEFAULT_FROM_EMAIL
    if sender and not settings.MAIL_IS_CONFIGURED:
        hint = "Set EMAIL_URL, or take DEFAULT_FROM_EMAIL out."
        yield Caution(
            "DEFAULT_FROM_EMAIL is set, EMAIL_URL is not.", hint=hint, id="mediajobs.W020"
        )
    if not settings.MAIL_IS_CONFIGURED:
        return
    try:
        validate_email(parseaddr(sender)[1])
    except ValidationError:
        hint = "Write whom mails are from, such as panel@example.com."
        sentence = f"EMAIL_URL is set, and DEFAULT_FROM_EMAIL is no address: {sender[:200]!r}."
        yield Error(sentence, hint=hint, id="mediajobs.E021")


def notices() -> Iterator[CheckMessage]:
    receivers: list[Receiver] = []
    for number, text in enumerate(settings.NOTICE_URLS, start=1):
        try:
            receivers.append(read_receiver(text))
        except ValueError as error:
            # Without the address itself: it may be a secret.
            hint = (
                "Write https://host/path, or slack+https://host/path for a text as Slack takes it."
            )
            yield Error(f"NOTICE_URLS: address {number} {error}.", hint=hint, id="mediajobs.E022")
    secret, are_signed = settings.NOTICE_SECRET, not all(each.is_slack for each in receivers)
    if are_signed and len(secret) < SHORTEST_NOTICE_SECRET:
        sentence = "NOTICE_URLS has an address for signed notices, and NOTICE_SECRET "
        sentence += "is too short." if secret else "is not set."
        hint = "Set it to a long random text, and tell it to whoever receives them."
        yield Error(sentence, hint=hint, id="mediajobs.E023")
    elif secret and not are_signed:
        sentence = "NOTICE_SECRET is set, and NOTICE_URLS has no address for signed notices."
        yield Caution(sentence, hint="Add one, or take it out.", id="mediajobs.W021")
