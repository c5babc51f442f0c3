"""Which apps the panel keeps the jobs of: adding, changing and removing their credentials."""

from django.db import transaction

from mediajobs.models import AuditKind, Credential
from mediajobs.services.audit import Actor, record


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
