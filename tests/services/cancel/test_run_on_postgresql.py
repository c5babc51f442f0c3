"""A database that breaks a connection off: what the remote has said meanwhile is written."""

import time

import psycopg
import pytest
from django.db import OperationalError, connection

from mediajobs.models import AttemptState
from mediajobs.services import cancel
from tests.services.cancel.steps import only

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def end_the_connection(pid):
    where = connection.get_connection_params() | {"autocommit": True}
    where = {name: where[name] for name in ("dbname", "user", "host", "port") if name in where}
    with psycopg.connect(**where) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_an_answer_that_comes_after_the_connection_broke_is_written(
    make_job, batch_of, world, monkeypatch
):
    batch = batch_of(make_job())
    pid, handle = connection.connection.info.backend_pid, world.handle

    def handle_slowly(*request):
        end_the_connection(pid)
        time.sleep(1)  # meanwhile the one that writes looks whether the batch still runs
        return handle(*request)

    monkeypatch.setattr(world, "handle", handle_slowly)
    with pytest.raises(OperationalError):
        cancel.run(batch, seconds=5, worker="test")
    assert only(batch).state == AttemptState.REQUESTED
