"""The apps whose jobs the panel keeps: their clients, and changes of their credentials."""

from django.db import transaction

from mediajobs.models import AuditKind, Credential
from mediajobs.remote import MediaClient, connect
from mediajobs.services.audit import Actor, record


def client_of(credential: Credential | None) -> MediaClient:
    """Give the client of an app; None is the app of the settings."""
    return connect(credential.place if credential else "")


def all_apps() -> list[Credential | None]:
    """List the apps whose jobs the panel keeps."""
    return [None, *Credential.objects.all()]


@transaction.atomic
def save(credential: Credential, *, by: Actor) -> None:
    """Store an app's name and the place of its secret, old and new on record."""
    old = Credential.objects.filter(pk=credential.pk).first()
    credential.save()
    kind = AuditKind.APP_CHANGED if old else AuditKind.APP_ADDED
    before = f"{described(old)} → " if old else ""
    record(kind, by, detail=before + described(credential))


@transaction.atomic
def remove(credential: Credential, *, by: Actor) -> None:
    """Forget an app; raises ProtectedError while the panel keeps jobs of it."""
    detail = described(credential)
    credential.delete()
    record(AuditKind.APP_REMOVED, by, detail=detail)


def described(credential: Credential) -> str:
    return f"“{credential.name}”, secret in {credential.place}"
