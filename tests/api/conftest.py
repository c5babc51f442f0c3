"""Pipelines with tokens, and what they send."""

import json

import pytest
from django.test import Client

from mediajobs.models import ApiClient
from mediajobs.services import clients
from mediajobs.services.audit import Actor

MAKER = Actor("administrator", "web")


class Pipeline:
    """Sends requests with its token; `client` is its row."""

    def __init__(self, client, token):
        self.client, self.token = client, token
        self.http = Client(headers={"Authorization": f"Bearer {token}"})
        self.http.raise_request_exception = False

    def get(self, address, /, **query):
        return self.http.get(f"/api/{address}", query)

    def post(self, path, body, key=""):
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post(
            f"/api/{path}", content, content_type="application/json", headers=headers
        )


@pytest.fixture
def make_pipeline(db):
    """Make a pipeline whose token has these scopes."""

    def make(*scopes, name="nightly", credential=None):
        opens = {f"may_{scope}": scope in scopes for scope in ("read", "record", "cancel")}
        client = ApiClient(name=name, credential=credential, **opens)
        return Pipeline(client, clients.make(client, by=MAKER))

    return make


@pytest.fixture
def pipeline(make_pipeline):
    """A pipeline that may do everything."""
    return make_pipeline("read", "record", "cancel")
