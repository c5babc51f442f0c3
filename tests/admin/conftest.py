"""What the tests of the trail's pages share: who reads it, and events to read."""

import pytest

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.services import audit
from mediajobs.services.audit import ENGINE


@pytest.fixture
def auditor(sign_in):
    return sign_in("auditor")


@pytest.fixture
def record(db):
    """Append an event of the engine with the given facts; returns it as stored."""

    def record(kind=AuditKind.CANCEL_ANSWERED, by=ENGINE, **facts):
        audit.record(kind, by, **facts)
        return AuditEvent.objects.first()

    return record
