"""Pipelines and their tokens: making, changing, revoking, and knowing one by its token."""

import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from mediajobs.models import ApiClient, AuditKind
from mediajobs.models.client import SHOWN_LENGTH, TOKEN_PREFIX, USE_NOTED_EVERY, hash_token
from mediajobs.services.audit import Actor, record


@sensitive_variables("token")
@transaction.atomic
def make(client: ApiClient, *, by: Actor) -> str:
    """Store a new client; return its token, which is kept nowhere and cannot be shown again."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    client.token_hash, client.token_start = hash_token(token), token[:SHOWN_LENGTH]
    client.created_by = by.name
    client.save()
    record(AuditKind.CLIENT_MADE, by, detail=described(client))
    return token


@transaction.atomic
def change(client: ApiClient, *, by: Actor) -> None:
    """Store what the token opens, old and new on record."""
    stored = ApiClient.objects.select_for_update(no_key=True).get(pk=client.pk)
    old, new = described(stored), described(client)
    if old != new:
        client.save(update_fields=["may_read", "may_record", "may_cancel"])
        record(AuditKind.CLIENT_CHANGED, by, detail=f"{old} → {new}")


@transaction.atomic
def revoke(client: ApiClient, *, by: Actor) -> bool:
    """Let the token open nothing any more, for good; say whether this call did."""
    mine = ApiClient.objects.active().filter(pk=client.pk)
    if not mine.update(revoked_at=timezone.now()):
        return False
    record(AuditKind.CLIENT_REVOKED, by, detail=described(client))
    return True


@sensitive_variables("token")
def find(token: str) -> ApiClient | None:
    """Give the client whose token this is, and note that it was used; None opens nothing."""
    clients = ApiClient.objects.active().with_token(token)
    client = clients.select_related("credential").first()
    if client and not client.is_use_noted:
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiClient.objects.filter(stale, pk=client.pk).update(last_used_at=now)
    return client


@sensitive_variables("token")
def revoked(token: str) -> ApiClient | None:
    """Give the client whose token this was, before it was revoked."""
    return ApiClient.objects.exclude(revoked_at=None).with_token(token).first()


def described(client: ApiClient) -> str:
    opens = ", ".join(client.scopes) or "nothing"
    app = f", app {client.credential}" if client.credential_id else ""
    return f"“{client.name}”, token {client.token_start}…, opens {opens}{app}"
