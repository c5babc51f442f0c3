"""The one webhook of an app: ours or of others, registered, replaced and removed."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error
from django.urls import reverse

from mediajobs.models import AuditKind, Credential
from mediajobs.remote import MediaError, Unclear, Webhook
from mediajobs.services.apps import client_of
from mediajobs.services.audit import Actor, record
from mediajobs.services.webhooks.receive import HEADER

THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
#: The end of an address is told to the trail, if much more of it stays hidden.
SHOWN_CHARACTERS = 4
WITH_QUERY = "?…"


class NotAllowed(Exception):  # noqa: N818 -- it says what happened to the wish
    """Nothing was changed; the text says why, and what to do."""


class NotRecorded(Exception):  # noqa: N818 -- it says what is missing of the deed
    """What came of a change could not be recorded; the text says what came of it."""


def url_of(panel: str, credential: Credential | None) -> str:
    """Write where deliveries of an app go, at a panel whose own address is `panel`."""
    return panel.rstrip("/") + reverse("webhook", args=[credential.pk] if credential else [])


def registered(credential: Credential | None) -> Webhook | None:
    """Read which webhook an app has; raises MediaError."""
    found = client_of(credential).webhooks()
    return found[0] if found else None


def is_ours(webhook: Webhook, url: str) -> bool:
    """Whether it is this panel's: it carries a secret of ours, or goes to our address."""
    known = set(settings.MEDIA_WEBHOOK_SECRETS)
    return webhook.url == url != "" or not known.isdisjoint(webhook.headers.values())


def register(
    credential: Credential | None, url: str, *, by: Actor, instead_of_others: bool = False
) -> None:
    """Have every job of an app that ends told to `url`; ours is updated in its place.

    The webhook of others in the one place is kept, unless `instead_of_others`. Raises
    NotAllowed before anything is sent; MediaError, of which Unclear alone may mean that it is
    done; NotRecorded when the database fails after the call.
    """
    check(url)
    present = registered(credential)
    detail = f"{app_words(credential)}{url} with the header {HEADER}"
    kind = AuditKind.WEBHOOK_REGISTERED
    if present and not is_ours(present, url):
        if not instead_of_others:
            raise NotAllowed(words_of_loss(present, "Replace it with --replace."))
        kind = AuditKind.WEBHOOK_REPLACED
        detail += f", instead of {for_the_trail(present)}"
    headers = {HEADER: settings.MEDIA_WEBHOOK_SECRETS[0]}
    place = present.webhook_id if present else ""
    client = client_of(credential)
    on_record(lambda: client.register_webhook(url, headers, instead_of=place), kind, by, detail)


def remove(credential: Credential | None, url: str, *, by: Actor, of_others: bool = False) -> bool:
    """Free the one place of an app; False if it was free. Raises as `register` does."""
    present = registered(credential)
    if present is None:
        return False
    if not (of_others or is_ours(present, url)):
        raise NotAllowed(words_of_loss(present, "Remove it with --foreign."))
    client = client_of(credential)
    on_record(
        lambda: client.remove_webhook(present.webhook_id),
        AuditKind.WEBHOOK_REMOVED,
        by,
        f"{app_words(credential)}{for_the_trail(present)}",
    )
    return True


def on_record(call: Callable[[], None], kind: AuditKind, by: Actor, detail: str) -> None:
    """Make a call; that it is to be made is on record before it, what came of it afterwards."""
    record(kind, by, outcome="asked", detail=f"To be asked of the media API: {detail}")
    try:
        call()
    except Unclear as error:
        words = f"Whether it took effect is not known: {error}"
        record_end(kind, by, "unclear", words, detail)
        raise
    except MediaError as error:
        record_end(kind, by, "refused", f"Nothing was changed: {error}", detail)
        raise
    record_end(kind, by, "done", "The media API took it.", detail)


def record_end(kind: AuditKind, by: Actor, outcome: str, words: str, detail: str) -> None:
    try:
        record(kind, by, outcome=outcome, detail=f"{detail}. {words}")
    except Error as error:
        raise NotRecorded(
            f"{words} The record of that failed: {error}. That it was to be asked is on record."
        ) from None


def check(url: str) -> None:
    """Raise NotAllowed unless deliveries to `url` can come, and can be told from others."""
    if not settings.MEDIA_WEBHOOK_SECRETS:
        raise NotAllowed(
            "MEDIA_WEBHOOK_SECRETS is not set: without a secret anybody could deliver. "
            'Set it to one printed by: python -c "import secrets; print(secrets.token_hex(32))"'
        )
    try:
        parts = urlsplit(url)
        is_good = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        is_good = False
    if not is_good or not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed(f"{url[:200]!r} is no address. Write --url https://panel.example.com.")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in THIS_MACHINE):
        raise NotAllowed(f"{url[:200]} would carry the secret in the clear. Write https://.")


def described(webhook: Webhook) -> str:
    """Write where a webhook goes, without what may be a secret: user, query, headers' values."""
    return with_headers(without_secrets(webhook.url), webhook)


def for_the_trail(webhook: Webhook) -> str:
    """Write of where a webhook goes the host and the end: a path may be a secret too, and stays."""
    address = without_secrets(webhook.url).removesuffix(WITH_QUERY)
    host, _, path = (address.partition("//")[2] or address).partition("/")
    end = f" …{path[-SHOWN_CHARACTERS:]}" if len(path) > 2 * SHOWN_CHARACTERS else ""
    return with_headers(f"{host.rpartition('@')[2]}{end}", webhook)


def with_headers(address: str, webhook: Webhook) -> str:
    headers = ", ".join(sorted(webhook.headers)) or "none"
    return f"{address or 'an unknown address'} (headers: {headers})"


def without_secrets(url: str) -> str:
    address, question, _ = url.partition("?")
    scheme, slashes, rest = address.partition("//")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}" + WITH_QUERY * bool(question)


def words_of_loss(webhook: Webhook, what_to_do: str) -> str:
    return (
        f"The app has a webhook that is not this panel's: {described(webhook)}. There is room "
        "for one, and whoever relies on it would hear nothing more. Nothing was changed. "
        f"{what_to_do}"
    )


def app_words(credential: Credential | None) -> str:
    return f"app “{credential}”: " if credential else ""
