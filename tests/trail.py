"""Meddling with the trail as somebody with the password of the database could."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.models.audit import digested
from mediajobs.models.checkpoint import NO_CHECKPOINT
from mediajobs.models.link import NO_CHAIN, chained
from mediajobs.services import audit
from mediajobs.services.audit import keys, memory

LONG_AGO = timedelta(days=900)


def execute(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def meddle(*statements):
    """Change the tables with the triggers off, and put these back; %s are not for values."""
    guard.remove()
    for statement in statements:
        execute(statement)
    guard.create()


def as_stored(value):
    """Give a time as Django writes it."""
    is_time = isinstance(value, datetime)
    return connection.ops.adapt_datetimefield_value(value) if is_time else value


def write(row, **changes):
    """Write other values over a row with the triggers off."""
    table, key = row._meta.db_table, row._meta.pk.column
    names = ", ".join(f"{name} = %s" for name in changes)
    values = [as_stored(value) for value in changes.values()]
    guard.remove()
    execute(f"UPDATE {table} SET {names} WHERE {key} = %s", *values, row.pk)
    guard.create()
    row.refresh_from_db()
    return row


def write_sql(table, column, expression, key):
    """Write what an expression of SQL gives over a column, with the triggers off."""
    name = "number" if table == guard.CHECKPOINTS else "id"
    guard.remove()
    execute(f"UPDATE {table} SET {column} = {expression} WHERE {name} = {key}")
    guard.create()


def give_id(event, number):
    """Let an event have another id, as whoever may add events may choose it."""
    meddle(f"UPDATE {guard.EVENTS} SET id = {number} WHERE id = {event.pk}")


def forge(event, **changes):
    """Change an event and make text and digest fit, as if it had been recorded so."""
    write(event, **changes)
    body = event.canonical_body()
    return write(event, body=body, digest=digested(body))


def chain_anew():
    """Compute all links anew over what stands there now."""
    chain = NO_CHAIN
    digests = dict(AuditEvent.objects.values_list("pk", "digest"))
    for link in AuditLink.objects.order_by("seq"):
        chain = chained(chain, link.seq, link.event_id, digests[link.event_id])
        write(link, chain=chain)


def forge_checkpoint(row, **changes):
    """Change a checkpoint and make text and digest fit, without a signature."""
    write(row, **changes, key_id="", signature="")
    write(row, body=row.canonical_body())
    return write(row, digest=row.compute_digest())


def sign_anew(row, **changes):
    """Change a checkpoint as whoever has the key could."""
    write(row, **changes)
    write(row, body=row.canonical_body())
    write(row, digest=row.compute_digest())
    return write(row, signature=keys.signature(keys.signing_key(), row.body))


def write_checkpoints_anew():
    """Let all checkpoints say what the links say now, without a signature: the key is elsewhere."""
    previous = NO_CHECKPOINT
    for row in AuditCheckpoint.objects.order_by("number"):
        link = AuditLink.objects.filter(seq__lte=row.seq).order_by("seq").last()
        facts = {"seq": link.seq, "chain": link.chain, "event_count": link.seq}
        previous = forge_checkpoint(row, **facts, previous=previous).digest


def forget_what_was_signed():
    """Go on as on a machine that has signed nothing."""
    memory.forget()
    memory.file().unlink(missing_ok=True)


def record_long_ago(count=1):
    """Leave so many events that are old enough to be removed, and a checkpoint of then."""
    at = timezone.now() - LONG_AGO
    AuditEvent.objects.append(
        [audit.event("job.deleted", audit.ENGINE, at=at) for _ in range(count)]
    )
    forge_checkpoint(audit.checkpoint("a test"), at=at)


def prune_long_ago(folder):
    """Begin with a trail from which old events were removed."""
    record_long_ago()
    file, before = folder / "pruned.jsonl", timezone.now() - LONG_AGO / 2
    file.write_text("".join(audit.export()))
    assert sum(audit.prune(before=before, export=str(file), by=audit.ENGINE)) == 1


def found():
    """Verify, and give the sentences of what makes it tampered with."""
    report = audit.verify()
    assert report.verdict == (audit.Verdict.TAMPERED if report.problems else audit.Verdict.SOUND)
    return [problem.words for problem in report.problems]
