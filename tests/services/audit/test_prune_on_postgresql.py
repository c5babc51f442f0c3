"""Removing old events while others read them, and seal, and all wait for each other."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

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


def test_a_stretch_is_removed_though_a_deadlock_broke_off_the_first_try(
    make_trail, settings, tmp_path, caplog
):
    settings.AUDIT_KEEP_DAYS = 0
    make_trail(1, 2, 3)
    file = tmp_path / "export"
    file.write_text("".join(audit.export()))
    stretches = audit.prune(before=timezone.now(), export=str(file), by=Actor.from_shell("root"))

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            assert AuditLink.objects.exists()  # and read for long
            pruning = pool.submit(with_deadlocks_noticed_after, "100ms", lambda: sum(stretches))
            wait_for(1)
            sealing = pool.submit(with_deadlocks_noticed_after, "1min", unsealed().exists)
            wait_for(2)
        assert pruning.result(30) == 3
        assert sealing.result(30) is False
    assert "a stretch is removed once more: deadlock detected" in caplog.text
    assert AuditEvent.objects.get().kind == "trail.pruned"
