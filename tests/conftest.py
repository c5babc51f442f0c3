"""What every test stands on: settings for tests, and no way to the network but two."""

import os
from base64 import b64decode, b64encode

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdef" * 4)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import pytest
import responses
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import TransactionTestCase
from django.utils import timezone

from mediajobs import guard, remote
from mediajobs.models import AuditEvent
from mediajobs.services import accounts, audit, tally, webhooks
from mediajobs.services.audit import Actor, memory
from mediajobs.services.sync import new_job
from mediajobs.simulator.world import World
from tests.simulated import serve_through_responses

# pytest-django has read the settings before this file could set the environment.
settings.SECRET_KEY = os.environ["SECRET_KEY"]
settings.CELERY_BROKER_URL = "memory://"
settings.CELERY_BROKER_TRANSPORT = None
settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}

flush = TransactionTestCase._fixture_teardown


def lift_the_guard_and_flush(self):
    """Let the end of a committing test, and nothing else, empty the tables of the trail."""
    guard.remove()
    try:
        flush(self)
    finally:
        guard.create()


TransactionTestCase._fixture_teardown = lift_the_guard_and_flush

#: A test that makes sense for one database alone does not exist on the other.
IS_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
OTHER = "postgresql" if IS_SQLITE else "sqlite"
collect_ignore = [
    f"{name}_on_{OTHER}.py"
    for name in (
        "test_guard",
        "services/audit/test_tampered_values",
        "services/audit/test_prune",
        "services/cancel/test_run",
    )
]

API_URL = "https://media.test"
AUTH_URL = "https://auth.test/v1/auth/token"


def pytest_addoption(parser):
    parser.addoption("--screenshots", metavar="FOLDER", help="keep pictures of the pages there")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory):
    """Test SQLite as it is used: a file that several threads open, not a shared memory.

    Neither database waits for the disk: no test of this process cuts the power.
    """
    default = settings.DATABASES["default"]
    options = default.setdefault("OPTIONS", {})
    if default["ENGINE"].endswith("sqlite3"):
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        default.setdefault("TEST", {})["NAME"] = str(file)
        options["init_command"] = options["init_command"].replace("=FULL", "=OFF")
    else:
        options["options"] = "-c synchronous_commit=off"


@pytest.fixture(autouse=True)
def panel_settings(settings, tmp_path):
    """Point the panel at hosts that do not exist, its queue at a folder of this test."""
    settings.VAR_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    # WhiteNoise warns of a folder that is not there, as in a fresh clone.
    settings.STATIC_ROOT = settings.BASE_DIR / "mediajobs" / "static"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DOLBYIO_API_URL = API_URL
    settings.DOLBYIO_AUTH_URL = AUTH_URL
    settings.DOLBYIO_API_TOKEN = "test-token"
    settings.DOLBYIO_APP_KEY = settings.DOLBYIO_APP_SECRET = ""
    settings.MEDIA_API_MAX_PER_SECOND = 10_000
    settings.MEDIA_API_RATE_URL = ""
    settings.MEDIA_WEBHOOK_SECRETS = []
    remote.forget()
    webhooks.refusals.forget()
    accounts.refused_tries.forget()
    accounts.refused_deeds.clear()
    tally.untold.clear()
    memory.forget()
    return settings


@pytest.fixture(autouse=True)
def network():
    """Refuse every request that no test registered; servers of a test listen on loopback."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as registered:
        registered.add_passthru("http://127.0.0.1")
        yield registered


@pytest.fixture
def world(network):
    """The simulated remote, answering the real client."""
    world = World(seed=1, token="test-token")
    serve_through_responses(network, world, API_URL, AUTH_URL)
    return world


@pytest.fixture
def make_job(world, db):
    """Make a job that the remote and the panel both know; returns the panel's row."""

    def make(path="/media/transcode", status="Running", label="", **about):
        job_id = world.add_job(path, status, **about)
        report = remote.parse_report({"job_id": job_id, "path": path, "status": status})
        job = new_job(report, timezone.now())
        job.label = label
        job.save()
        return job

    return make


@pytest.fixture
def make_user(db):
    """Make a member of staff with a role: one of the groups, or "" for none."""

    def make(role, name=""):
        user = User.objects.create_user(name or role.replace(" ", "-") or "nobody", password="pw")
        user.is_staff = True
        user.save()
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def sign_in(client, make_user):
    """Sign a person of a role in to the test client; returns the client."""

    def sign(role):
        client.force_login(make_user(role))
        return client

    return sign


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


@pytest.fixture
def operator(make_user):
    """A bulk operator as an actor of services."""
    user = make_user("bulk operator")
    return Actor(name=user.username, channel="web", user=user, user_id=str(user.pk))
