"""The apps whose jobs the panel keeps: their clients, and changes of their credentials."""

from django.db import transaction

from mediajobs import remote
from mediajobs.models import AuditKind, Credential
from mediajobs.remote import MediaClient
from mediajobs.services.audit import Actor, record


def client_of(credential: Credential | None) -> MediaClient:
    """Give the client of an app; None is the app of the settings."""
    return remote.connect(credential.place if credential else "")


def missing_secrets(credential: Credential) -> str:
    """Say what is missing where an app's secret lives, or ""."""
    return remote.missing_secrets(credential.place)


def why_unread(credential: Credential | None) -> str:
    """Say why nobody would read jobs of an app, or ""."""
    if credential or Credential.is_in_settings() or not Credential.objects.exists():
        return ""
    return (
        "No app is named, and the settings have no credentials of their own: nobody would read "
        "this. Name the app: on the form, with --app, or by a token that is bound to it."
    )


@transaction.atomic
def save(credential: Credential, *, by: Actor) -> None:
    """Store an app's name and the place of its secret, old and new on record."""
    stored = Credential.objects.select_for_update(no_key=True).filter(pk=credential.pk).first()
    old, new = stored and described(stored), described(credential)
    credential.save()
    if old is None:
        record(AuditKind.APP_ADDED, by, detail=new)
    elif old != new:
        record(AuditKind.APP_CHANGED, by, detail=f"{old} → {new}")


@transaction.atomic
def remove(credential: Credential, *, by: Actor) -> None:
    """Forget an app; raises ProtectedError while the panel keeps jobs of it."""
    detail = described(credential)
    credential.delete()
    record(AuditKind.APP_REMOVED, by, detail=detail)


def described(credential: Credential) -> str:
    return f"“{credential.name}”, secret in {credential.place}"
