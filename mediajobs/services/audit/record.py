"""Writing the trail: who did what, from where, and what came of it."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from mediajobs.models import (
    ApiClient,
    AuditEvent,
    AuditKind,
    CancelAttempt,
    CancelBatch,
    Channel,
)

#: The rights that the scope `cancel` gives a pipeline.
CANCEL_RIGHTS = frozenset({"cancel_job", "bulk_cancel_job"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does a deed and through which door: `user`, or `client`, or else shell or engine."""

    name: str
    channel: str
    user: AbstractBaseUser | AnonymousUser | None = None
    user_id: str = ""
    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    client: ApiClient | None = None

    @classmethod
    def from_request(cls, request: HttpRequest) -> Self:
        """Name the signed-in person behind a request of the browser."""
        return cls(
            name=request.user.get_username(),
            channel=Channel.WEB,
            user=request.user,
            user_id=str(request.user.pk),
            **origin_of(request),
        )

    @classmethod
    def unproven(cls, name: str, request: HttpRequest, *, channel: Channel = Channel.WEB) -> Self:
        """Name whoever says to be so, and is not shown to be."""
        return cls(name=name[:150], channel=channel, **origin_of(request))

    @classmethod
    def from_client(cls, client: ApiClient, request: HttpRequest) -> Self:
        """Name the pipeline behind a request to the API."""
        return cls(
            name=f"api:{client.name}",
            channel=Channel.API,
            client=client,
            user_id=client_id(client.pk),
            **origin_of(request),
        )

    @classmethod
    def from_shell(cls, account: str) -> Self:
        """Name the account of this machine that runs a command."""
        return cls(name=f"shell:{account}"[:150], channel=Channel.COMMAND)

    @classmethod
    def behind(cls, batch: CancelBatch) -> Self:
        """Name the person or pipeline whose batch a worker carries out, as of their own request."""
        return cls(
            name=batch.requested_by_name,
            channel=batch.channel,
            user_id=client_id(batch.client_id) or str(batch.requested_by_id or ""),
            address=batch.address,
            user_agent=batch.user_agent,
            request_id=batch.request_id,
        )

    def may(self, *permissions: str) -> bool:
        """Whether the actor has one of the rights; shell and engine have all.

        A pipeline has those to cancel, if its token opens that.
        """
        if self.client is not None:
            return self.client.may_cancel_now and not CANCEL_RIGHTS.isdisjoint(permissions)
        if self.user is None:
            return True
        return any(self.user.has_perm(f"mediajobs.{name}") for name in permissions)


ENGINE = Actor(name="engine", channel=Channel.ENGINE)


def client_id(key: int | None) -> str:
    """Tell a client's key from a user's."""
    return f"client:{key}" if key else ""


def origin_of(request: HttpRequest) -> dict[str, str]:
    """Say where a request came from, as the trail has it."""
    return {
        "address": address_of(request),
        "user_agent": request.headers.get("User-Agent", "")[:300],
        "request_id": request.headers.get("X-Request-ID", "")[:64] or uuid.uuid4().hex,
    }


def address_of(request: HttpRequest) -> str:
    """Name the address a request came from: behind our proxy, the one that the proxy saw."""
    if settings.HTTPS:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        if forwarded:
            return forwarded[:64]
    return request.META.get("REMOTE_ADDR", "")[:64]


def event(
    kind: AuditKind,
    by: Actor,
    *,
    batch: CancelBatch | None = None,
    attempt: CancelAttempt | None = None,
    **facts: Any,
) -> AuditEvent:
    """Prepare an event; nothing is stored until it is appended."""
    if attempt is not None:
        facts |= {
            "batch_id": attempt.batch_id,
            "attempt_id": attempt.pk,
            "fence": attempt.fence,
            "job_id": attempt.remote_id,
        }
    elif batch is not None:
        facts["batch_id"] = batch.pk
    return AuditEvent(
        kind=kind,
        actor=by.name,
        actor_id=by.user_id,
        channel=by.channel,
        address=by.address,
        user_agent=by.user_agent,
        request_id=by.request_id,
        **facts,
    )


def record(kind: AuditKind, by: Actor, **facts: Any) -> None:
    """Append one event; call it in the transaction of the deed itself."""
    AuditEvent.objects.append([event(kind, by, **facts)])
