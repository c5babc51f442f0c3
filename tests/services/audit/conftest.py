"""What most tests of the trail stand on: a key, and a trail worth meddling with."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mediajobs.models import AuditEvent
from mediajobs.services import audit


@pytest.fixture
def signed(settings):
    """Give the panel a key; returns the public half."""
    secret, public = audit.make_key()
    settings.AUDIT_SIGNING_KEY = b64decode(secret)
    return public


@pytest.fixture
def make_trail(db):
    """Record events about jobs of these numbers, seal them and make a checkpoint."""

    def make(*numbers):
        events = [
            audit.event(
                "job.deleted",
                audit.ENGINE,
                job_id=f"job-{number:05}",
                batch_id=number,
                attempt_id=number,
                fence=1,
                remote_status=200,
                reason="stuck",
                outcome="gone",
                detail="…",
                answer="{}",
            )
            for number in numbers
        ]
        AuditEvent.objects.append(events)
        return audit.checkpoint("a test")

    return make


@pytest.fixture
def trail(make_trail, signed):
    """Five events under two signed checkpoints."""
    make_trail(1, 2, 3)
    make_trail(4, 5)


@pytest.fixture
def other_key():
    """A key that the panel does not know: the signing half and the public one."""
    key = Ed25519PrivateKey.generate()
    return key, b64encode(key.public_key().public_bytes_raw()).decode()
