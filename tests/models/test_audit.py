"""The trail as a table: appended to, never changed, and hashed as it was written."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.models.append_only import AppendOnlyError

STRANGE_TEXTS = {
    "emoji": "stuck 🎬🔥 since 02:40",
    "right to left": "\u202egnp.exe\u202c עצור עכשיו",
    "line ends": "one\r\ntwo\rthree\n\n",
    "ansi": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "formula": '=HYPERLINK("http://evil.test","click")',
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;",
    "quotes": "\"'`\\ {{ 7 }} {% now %}",
    "spaces": "  before and after \t",
    "combining": "e\u0301 is not é",
}


def make_event(**facts):
    return AuditEvent(**{"kind": AuditKind.CANCEL_SENT, "actor": "ada", "channel": "web"} | facts)


@pytest.fixture
def stored(db):
    AuditEvent.objects.append([make_event(job_id="job-00001", reason="stuck")])
    return AuditEvent.objects.get()


CLOSED_WAYS = {
    "save an existing one": lambda event: event.save(),
    "save some fields": lambda event: event.save(update_fields=["reason"]),
    "save below save": lambda event: event.save_base(raw=True),
    "save a new one": lambda event: make_event().save(),
    "delete one": lambda event: event.delete(),
    "update": lambda event: AuditEvent.objects.update(reason="nicer"),
    "update a filter": lambda event: AuditEvent.objects.filter(pk=event.pk).update(reason="nicer"),
    "delete through the manager": lambda event: AuditEvent.objects.delete(),
    "delete a filter": lambda event: AuditEvent.objects.filter(pk=event.pk).delete(),
    "delete all": lambda event: AuditEvent.objects.all().delete(),
    "bulk update": lambda event: AuditEvent.objects.bulk_update([event], ["reason"]),
    "update or create": lambda event: AuditEvent.objects.update_or_create(pk=event.pk),
    "get or create": lambda event: AuditEvent.objects.get_or_create(pk=event.pk),
    "create": lambda event: AuditEvent.objects.create(kind="x", actor="ada", channel="web"),
    "bulk create": lambda event: AuditEvent.objects.bulk_create([make_event()]),
    "bulk create over": lambda event: AuditEvent.objects.bulk_create(
        [event], update_conflicts=True, update_fields=["reason"], unique_fields=["id"]
    ),
    "update through Django's own manager": lambda event: AuditEvent._base_manager.update(actor="x"),
    "delete through Django's own manager": lambda event: AuditEvent._base_manager.all().delete(),
    "append it again": lambda event: AuditEvent.objects.append([event]),
}


@pytest.mark.parametrize("way", CLOSED_WAYS.values(), ids=CLOSED_WAYS)
def test_an_event_can_neither_be_changed_nor_removed_nor_slipped_in(stored, way):
    before = AuditEvent.objects.values().get()
    stored.reason = "nicer"
    with pytest.raises(AppendOnlyError, match="never changed or deleted"):
        way(stored)
    assert AuditEvent.objects.values().get() == before


@pytest.mark.parametrize("way", ["aupdate", "adelete"])
def test_the_awaited_ways_are_closed_too(stored, way):
    with pytest.raises(AppendOnlyError):
        async_to_sync(getattr(AuditEvent.objects.all(), way))()


def test_an_appended_event_has_its_body_and_digest(stored):
    assert json.loads(stored.body)["reason"] == "stuck"
    expected = hashlib.sha256(b"audit-event/1\n" + stored.body.encode()).hexdigest()
    assert stored.digest == expected
    assert stored.is_intact


def test_the_body_says_the_time_in_utc_to_the_microsecond(db):
    ahead = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 1, 31, 2, 15, 7, 42, tzinfo=ahead)
    AuditEvent.objects.append([make_event(at=moment)])
    stored = AuditEvent.objects.get()
    assert json.loads(stored.body)["at"] == "2026-01-30T20:45:07.000042+00:00"
    assert stored.at == moment.astimezone(UTC)
    assert stored.is_intact


def test_the_body_is_canonical(stored):
    facts = json.loads(stored.body)
    assert list(facts) == sorted(facts)
    again = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert stored.body == again


def test_the_body_repeats_every_column_but_the_key_and_itself(stored):
    columns = {field.attname for field in AuditEvent._meta.fields}
    assert set(json.loads(stored.body)) == columns - {"id", "body", "digest"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("reason", "nicer"), ("actor", "eve"), ("outcome", "cancelled"), ("remote_status", 200)],
)
def test_a_changed_column_is_noticed(stored, column, value):
    setattr(stored, column, value)
    assert not stored.is_intact


def test_a_body_changed_together_with_its_column_is_noticed(stored):
    stored.reason = "nicer"
    stored.body = stored.canonical_body()
    assert not stored.is_intact


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_text_of_every_kind_comes_back_as_it_was(db, text):
    AuditEvent.objects.append([make_event(reason=text, detail=text, answer=text)])
    stored = AuditEvent.objects.get()
    assert (stored.reason, stored.detail, stored.answer) == (text, text, text)
    assert json.loads(stored.body)["answer"] == text
    assert stored.is_intact


def test_the_newest_event_comes_first(db):
    AuditEvent.objects.append([make_event(actor="first"), make_event(actor="second")])
    assert [event.actor for event in AuditEvent.objects.all()] == ["second", "first"]


def test_the_deeds_on_a_batch_as_a_whole_leave_its_items_out(db):
    AuditEvent.objects.append([make_event(batch_id=7), make_event(batch_id=7, attempt_id=1)])
    assert [event.attempt_id for event in AuditEvent.objects.about_batch(7)] == [None]


def test_the_events_of_a_job_are_read_by_index(stored):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # one row is faster scanned
    assert "audit_job" in AuditEvent.objects.about_job("job-00001").explain()
