"""Values of other types than the columns', which SQLite takes; collected on SQLite alone."""

import json

import pytest

from mediajobs import guard
from mediajobs.models import AuditEvent
from mediajobs.models.audit import digested
from mediajobs.services import audit
from tests.trail import found, meddle, write, write_sql

pytestmark = pytest.mark.usefixtures("trail")

#: Ways to write the same time that Django would not have chosen.
SPELLINGS = {
    "a zone": "at || '+05:00'",
    "another separator": "substr(at, 1, 10) || 'T' || substr(at, 12)",
    "a longer fraction": "at || '0'",
    "a shorter fraction": "substr(at, 1, 25)",
    "a number": "julianday(at)",
    "bytes": "CAST(at AS BLOB)",
}
STRANGE = {
    "no time": "'x'",
    "a moment that is none": "'2026-13-41 25:61:61.000000'",
    "bytes": "x'ff00'",
    "text that is none": "CAST(x'32ff' AS TEXT)",
}


def second():
    return AuditEvent.objects.order_by("pk").values_list("pk", flat=True)[1]


@pytest.mark.parametrize("way", SPELLINGS)
def test_a_time_that_is_stored_in_another_way_is_named(way):
    key = second()
    moment = AuditEvent.objects.get(pk=key).at.replace(microsecond=123_450)
    event = write(AuditEvent.objects.get(pk=key), at=moment)
    body = event.canonical_body()
    write(event, body=body, digest=digested(body))
    write_sql(guard.EVENTS, "at", SPELLINGS[way], key)
    assert f"Event {key} (link 2): at not as in its sealed text." in found()


def test_a_whole_second_that_is_stored_with_a_fraction_is_named():
    key = second()
    event = write(AuditEvent.objects.get(pk=key), at="2026-01-01 00:00:00")
    write(event, body=event.canonical_body(), digest=digested(event.canonical_body()))
    write_sql(guard.EVENTS, "at", "at || '.000000'", key)
    assert f"Event {key} (link 2): at not as in its sealed text." in found()[0]


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("column", ["at", "reason", "body", "digest"])
def test_what_the_driver_cannot_read_is_named(column, value):
    key = second()
    write_sql(guard.EVENTS, column, STRANGE[value], key)
    words = " ".join(found())
    assert f"Event {key}" in words


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("column", ["at", "reason", "body"])
def test_a_checkpoint_that_the_driver_cannot_read_is_named(column, value):
    write_sql(guard.CHECKPOINTS, column, STRANGE[value], 2)
    assert "Checkpoint 2" in " ".join(found())


def test_an_event_without_a_link_that_cannot_be_read_is_named():
    (event,) = AuditEvent.objects.append([audit.event("job.edited", audit.ENGINE)])
    write_sql(guard.EVENTS, "at", "'x'", event.pk)
    assert found() == [f"Event {event.pk} holds what the panel never writes: at."]


def test_a_forged_text_with_a_time_that_is_none_is_named():
    event = AuditEvent.objects.get(pk=second())
    body = json.dumps(json.loads(event.body) | {"at": "x"})
    write(event, body=body, digest=digested(body))
    write_sql(guard.EVENTS, "at", "'x'", event.pk)
    assert f"Event {event.pk}" in found()[0]


@pytest.mark.parametrize("value", ["bytes", "text that is none"])
def test_an_export_as_the_trail_is_found_leaves_out_what_cannot_be_read(value):
    write_sql(guard.EVENTS, "body", STRANGE[value], second())
    *lines, end = map(json.loads, audit.export())
    assert [line["seq"] for line in lines if line["kind"] == "event"] == [1, 3, 4, 5]
    assert (end["event_count"], end["missing_count"]) == (4, 1)


def test_a_text_that_is_stored_without_regard_to_case_hides_no_column():
    meddle(
        f"ALTER TABLE {guard.EVENTS} RENAME COLUMN body TO as_it_was",
        f"ALTER TABLE {guard.EVENTS} ADD COLUMN body text NOT NULL DEFAULT '' COLLATE NOCASE",
        f"UPDATE {guard.EVENTS} SET body = as_it_was",
    )
    assert found() == []
    event = write(AuditEvent.objects.get(pk=second()), reason="STUCK")
    assert found() == [f"Event {event.pk} (link 2): reason not as in its sealed text."]


def test_a_link_without_a_number_is_counted():
    event = AuditEvent(kind="user.rights_changed", actor="nobody", channel="web")
    AuditEvent.objects.append([event])
    meddle(
        f"CREATE TABLE other AS SELECT * FROM {guard.LINKS}",
        f"DROP TABLE {guard.LINKS}",
        f"ALTER TABLE other RENAME TO {guard.LINKS}",
        f"INSERT INTO {guard.LINKS} VALUES (NULL, {event.pk}, '')",
    )
    assert found() == ["There are 6 links, and 5 make up the chain."]
