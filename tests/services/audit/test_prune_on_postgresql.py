"""Removing old events while others read them, and seal, and all wait for each other."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import AuditEvent, AuditLink
from mediajobs.services import audit
from mediajobs.services.audit.record import Actor
from mediajobs.services.audit.seal import unsealed

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'mediajobs_auditlink'::regclass"
)


def wait_for(count):
    """Wait until so many wait for the table of links."""
    ends_at = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < ends_at:
            cursor.execute(WAITING)
            if cursor.fetchone() == (count,):
                return
            time.sleep(0.01)
    raise TimeoutError


def with_deadlocks_noticed_after(patience, deed):
    """Do it in a connection that looks for a deadlock only once it has waited so long."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('deadlock_timeout', %s, false)", [patience])
        return deed()
    finally:
        connection.close()


@pytest.fixture
def stretches(make_trail, settings, tmp_path):
    """Two stretches that are removed when they are asked for."""
    settings.AUDIT_KEEP_DAYS = 0
    make_trail(1, 2, 3)
    make_trail(4, 5)
    file = tmp_path / "export"
    file.write_text("".join(audit.export()))
    by = Actor.from_shell("root")
    return audit.prune(before=timezone.now(), export=str(file), by=by, stretch=3)


def test_a_stretch_is_removed_though_a_deadlock_broke_off_the_first_try(stretches, caplog):
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            assert AuditLink.objects.exists()  # and read for long
            pruning = pool.submit(with_deadlocks_noticed_after, "100ms", lambda: sum(stretches))
            wait_for(1)
            sealing = pool.submit(with_deadlocks_noticed_after, "1min", unsealed().exists)
            wait_for(2)
        assert pruning.result(30) == 5
        assert sealing.result(30) is False
    assert "a stretch is removed once more: deadlock detected" in caplog.text
    assert set(AuditEvent.objects.values_list("kind", flat=True)) == {"trail.pruned"}


def test_whoever_reads_for_long_stops_the_removing_and_not_everybody_behind_it(stretches):
    assert next(stretches) == 3
    events = list(AuditEvent.objects.values())

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert AuditLink.objects.exists()  # as a backup does
        pruning = pool.submit(with_deadlocks_noticed_after, "1min", lambda: next(stretches))
        with pytest.raises(ValidationError, match="Try again when nobody does"):
            pruning.result(10)
    assert list(AuditEvent.objects.values()) == events
    assert guard.missing() == []
    assert audit.verify().problems == []
