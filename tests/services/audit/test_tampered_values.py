"""Texts that the panel would never have sealed, and a check that breaks off."""

import pytest
from django.db import connection

from mediajobs.models import AuditEvent
from mediajobs.models.audit import digested
from mediajobs.services import audit
from tests.trail import found, write

pytestmark = pytest.mark.usefixtures("trail")


@pytest.mark.parametrize("body", ["[]", "5", "no JSON", '{"at": "x"}', "[" * 100_000])
def test_a_made_up_text_with_a_digest_that_fits_is_named(body):
    event = AuditEvent.objects.get(pk=AuditEvent.objects.order_by("pk")[1].pk)
    write(event, body=body, digest=digested(body))
    assert f"Event {event.pk} (link 2)" in found()[0]


def test_an_error_that_is_not_of_a_row_is_not_called_tampering():
    def refuse(execute, sql, *rest):
        if "mediajobs_auditcheckpoint" in sql and "ORDER BY" in sql:
            raise ArithmeticError("out of order")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse), pytest.raises(ArithmeticError, match="out of order"):
        audit.verify()
