"""Who may ask for what: one token for each client, which opens what its scopes say."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from mediajobs.api.problems import Problem
from mediajobs.api.reading import check_headers
from mediajobs.models import ApiClient, Channel, Scope
from mediajobs.services import accounts, clients
from mediajobs.services.audit import Actor


class Token(HttpBearer):
    """Opens an operation to clients with this scope; the client is then `request.auth`."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiClient | None:
        """Know the client; then refuse what it sends, should that be too much or no JSON."""
        client = super().__call__(request)
        if client:
            check_headers(request)
        return client

    def authenticate(self, request: HttpRequest, token: str) -> ApiClient:
        client = clients.find(token)
        if client is None:
            accounts.refused_token(by=stranger(token, request))
            raise Problem(401, "This token opens nothing: it is mistyped, or was revoked.")
        if self.scope not in client.scopes:
            words = f"The token of {client} lacks the scope “{self.scope}”."
            on_record(client, request, words)
            raise Problem(403, f"{words} An administrator of the panel can give it.")
        accounts.tell_refused_deeds()
        return client


def stranger(token: str, request: HttpRequest) -> Actor:
    """Name who comes with a token that opens nothing: its pipeline, if it was revoked."""
    known = clients.revoked(token)
    if known:
        return Actor.from_client(known, request)
    return Actor.unproven("(unknown token)", request, channel=Channel.API)


def on_record(client: ApiClient, request: HttpRequest, why: str) -> None:
    """Have it recorded that a client may not do what it asks for."""
    by = Actor.from_client(client, request)
    accounts.refused(by=by, method=request.method, path=request.path, why=why)


def opened_by(scope: Scope) -> dict[str, Any]:
    """What an operation says of itself that clients with this scope may use."""
    return {"auth": Token(scope), "openapi_extra": {"x-scope": scope.value}}
