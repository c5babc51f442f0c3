"""Somebody with the password of the database meddles with the trail: the verifier names the row."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from mediajobs import guard
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.models.audit import digested
from mediajobs.services import audit
from mediajobs.services.audit import Verdict
from tests.trail import (
    chain_anew,
    execute,
    forge,
    forget_what_was_signed,
    found,
    give_id,
    meddle,
    write,
    write_checkpoints_anew,
)

pytestmark = pytest.mark.usefixtures("trail")

MODELS = (AuditEvent, AuditLink, AuditCheckpoint)
COLUMNS = {
    f"{model._meta.model_name}.{field.attname}": (model, field.attname)
    for model in MODELS
    for field in model._meta.fields
}
NAMES = {AuditEvent: "(link 2)", AuditLink: "link 2", AuditCheckpoint: "Checkpoint 1"}
#: What is wrong where a key is changed shows at the next row.
OTHER_NAMES = {
    "auditlink.seq": "After link 1 comes link 3: 1 are missing.",
    "auditcheckpoint.number": "Checkpoint 2 does not follow checkpoint 0",
}


def other(value):
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    return value + 100 if isinstance(value, int) else value[:-1] + "10"[value.endswith("1")]


def test_the_trail_is_sound_before_anybody_meddles():
    assert found() == []


@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_can_be_changed_unseen(column):
    model, name = COLUMNS[column]
    row = model.objects.order_by("pk")[1 if model is not AuditCheckpoint else 0]
    value, key = getattr(row, name), row._meta.pk.column
    guard.remove()
    execute(f"UPDATE {row._meta.db_table} SET {name} = %s WHERE {key} = %s", other(value), row.pk)
    guard.create()
    assert OTHER_NAMES.get(column, NAMES[model]) in found()[0]


@pytest.mark.parametrize(
    "column", [name for name in COLUMNS if COLUMNS[name][0]._meta.get_field(COLUMNS[name][1]).null]
)
def test_no_column_can_be_emptied_unseen(column):
    _, name = COLUMNS[column]
    write(AuditEvent.objects.order_by("pk")[1], **{name: None})
    assert "(link 2): " + name in found()[0]


def test_a_changed_column_is_named():
    write(AuditEvent.objects.order_by("pk")[1], reason="nicer", outcome="better")
    (words,) = found()
    assert words.endswith("(link 2): outcome, reason not as in its sealed text.")


def test_a_text_that_was_changed_with_its_columns_is_noticed():
    event = AuditEvent.objects.order_by("pk")[1]
    write(event, reason="nicer")
    write(event, body=event.canonical_body())
    (words,) = found()
    assert words == f"Event {event.pk} (link 2): its sealed text does not match its digest."


def test_an_event_that_was_changed_as_a_whole_is_noticed():
    event = forge(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    (words,) = found()
    assert words == f"Event {event.pk} (link 2): the chain does not follow from link 1."


def test_a_text_that_is_spelt_otherwise_and_says_the_same_is_noticed():
    event = AuditEvent.objects.order_by("pk")[1]
    body = event.body.replace('"stuck"', '"stu\\u0063k"')
    write(event, body=body, digest=digested(body))
    (words,) = found()
    assert words == f"Event {event.pk} (link 2): the spelling is not as in its sealed text."


@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "middle", "last"])
def test_an_event_that_is_gone_is_noticed(place):
    event = AuditEvent.objects.order_by("pk")[place]
    meddle(f"DELETE FROM {guard.EVENTS} WHERE id = {event.pk}")
    assert found() == [f"Event {event.pk} (link {place + 1}) is gone."]


def test_an_event_that_is_gone_with_its_link_is_noticed():
    meddle(
        f"DELETE FROM {guard.EVENTS} WHERE id = (SELECT event_id FROM {guard.LINKS} WHERE seq = 3)",
        f"DELETE FROM {guard.LINKS} WHERE seq = 3",
    )
    assert found()[0] == "After link 2 comes link 4: 1 are missing."


def test_a_gap_is_noticed_although_the_links_behind_it_were_made_anew():
    meddle(f"DELETE FROM {guard.LINKS} WHERE seq = 2")
    chain_anew()
    assert found()[0] == "After link 1 comes link 3: 1 are missing."


def test_the_first_events_that_are_gone_with_their_links_are_noticed():
    meddle(
        f"DELETE FROM {guard.EVENTS} WHERE id IN "
        f"(SELECT event_id FROM {guard.LINKS} WHERE seq <= 3)",
        f"DELETE FROM {guard.LINKS} WHERE seq <= 3",
    )
    assert found()[0] == "After link 0 comes link 4: 3 are missing."


def cut_the_end():
    meddle(
        f"DELETE FROM {guard.EVENTS} WHERE id = (SELECT event_id FROM {guard.LINKS} WHERE seq = 5)",
        f"DELETE FROM {guard.LINKS} WHERE seq = 5",
    )


def test_an_end_that_was_cut_off_is_noticed_by_the_checkpoint():
    cut_the_end()
    assert found() == ["Checkpoint 2 saw link 5, which is gone: the end of the trail was cut off."]


def test_an_end_that_was_cut_off_with_its_checkpoint_is_noticed_by_the_copy(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    audit.checkpoint("one more")
    cut_the_end()
    meddle(f"DELETE FROM {guard.CHECKPOINTS} WHERE number > 1")
    forget_what_was_signed()
    assert found() == [
        f"Checkpoint 2 of the copy {tmp_path}/anchors is gone: the trail was written anew."
    ]


def test_two_events_that_changed_places_are_noticed():
    second, third = AuditEvent.objects.order_by("pk")[1:3]
    meddle(
        f"UPDATE {guard.EVENTS} SET id = 1000 WHERE id = {second.pk}",
        f"UPDATE {guard.EVENTS} SET id = {second.pk} WHERE id = {third.pk}",
        f"UPDATE {guard.EVENTS} SET id = {third.pk} WHERE id = 1000",
    )
    assert found() == [f"Event {second.pk} (link 2): the chain does not follow from link 1."]


def test_two_links_that_changed_places_are_noticed():
    second, third = AuditEvent.objects.order_by("pk")[1:3]
    meddle(
        f"UPDATE {guard.LINKS} SET event_id = 1000 WHERE seq = 2",
        f"UPDATE {guard.LINKS} SET event_id = {second.pk} WHERE seq = 3",
        f"UPDATE {guard.LINKS} SET event_id = {third.pk} WHERE seq = 2",
    )
    assert found() == [f"Event {third.pk} (link 2): the chain does not follow from link 1."]


def test_keys_that_were_changed_in_both_tables_are_noticed():
    event = AuditEvent.objects.order_by("pk")[1]
    meddle(
        f"UPDATE {guard.EVENTS} SET id = 1000 WHERE id = {event.pk}",
        f"UPDATE {guard.LINKS} SET event_id = 1000 WHERE seq = 2",
    )
    assert found() == ["Event 1000 (link 2): the chain does not follow from link 1."]


def slip_in_a_link():
    """Put a new event into the middle of the chain; the links behind it move on."""
    (event,) = AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE)])
    meddle(
        f"UPDATE {guard.LINKS} SET seq = -seq - 1 WHERE seq > 2",
        f"UPDATE {guard.LINKS} SET seq = -seq WHERE seq < 0",
        f"INSERT INTO {guard.LINKS} (seq, event_id, chain) VALUES (3, {event.pk}, 'x')",
    )
    return event


def test_an_event_that_was_slipped_in_with_a_link_is_noticed():
    event = slip_in_a_link()
    assert found()[0] == f"Event {event.pk} (link 3): the chain does not follow from link 2."


def test_an_event_slipped_in_with_all_links_made_anew_is_noticed_by_the_checkpoint():
    slip_in_a_link()
    chain_anew()
    assert found()[0] == (
        "Checkpoint 1 saw another chain at link 3: an event up to there was replaced."
    )


def test_a_change_with_all_links_made_anew_is_noticed_by_the_checkpoint():
    forge(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    chain_anew()
    assert found() == [
        "Checkpoint 1 saw another chain at link 3: an event up to there was replaced."
    ]


def test_a_trail_written_anew_as_a_whole_is_noticed_by_the_missing_signature():
    forge(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    chain_anew()
    write_checkpoints_anew()
    forget_what_was_signed()
    (words,) = found()
    assert words.startswith("Checkpoint 1 is not signed.")


def test_without_a_key_a_trail_written_anew_is_noticed_by_the_copy_alone(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    audit.checkpoint("one more")
    forge(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    chain_anew()
    write_checkpoints_anew()
    forget_what_was_signed()
    settings.AUDIT_SIGNING_KEY = b""
    assert found() == [
        f"Checkpoint 1 of the copy {tmp_path}/anchors is another one: the trail was written anew."
    ]
    settings.AUDIT_ANCHOR_FILE = ""
    assert found() == []


def test_links_below_those_that_were_removed_are_noticed():
    meddle(f"INSERT INTO {guard.LINKS} (seq, event_id, chain) VALUES (0, 4711, 'x')")
    assert found() == ["There are links up to 0, which were removed."]


@pytest.mark.parametrize("is_sealed", [True, False])
def test_an_event_slipped_in_with_an_old_date_is_noticed(is_sealed):
    for row in AuditCheckpoint.objects.order_by("number"):
        assert row.at > timezone.now() - timedelta(minutes=1)
    old = timezone.now() - timedelta(days=3)
    (event,) = AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE, at=old)])
    if is_sealed:
        audit.seal()
    (words,) = found()
    assert words.startswith(f"Event {event.pk}")
    assert "is dated before" in words
    assert "when it was not there" in words


@pytest.mark.parametrize("is_sealed", [True, False])
def test_an_event_slipped_in_with_an_old_date_and_an_id_below_all_is_noticed(is_sealed):
    old = timezone.now() - timedelta(days=3)
    (event,) = AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE, at=old)])
    give_id(event, -(10**18))
    if is_sealed:
        audit.checkpoint("a test")
    (words,) = found()
    assert words.startswith(f"Event {-(10**18)}")
    assert "is dated before" in words


@pytest.mark.parametrize("covered", [True, False])
@pytest.mark.parametrize(("minutes", "is_early"), [(59, False), (61, True)])
def test_an_event_that_is_dated_ahead_of_its_seal_is_noticed(covered, minutes, is_early):
    at = timezone.now() + timedelta(minutes=minutes)
    (event,) = AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE, at=at)])
    audit.checkpoint("a test") if covered else audit.seal()
    words = f"Event {event.pk} (link 6) is dated more than an hour after it was sealed."
    assert found() == ([words] if is_early else [])


def test_missing_triggers_are_noticed():
    guard.remove(guard.EVENTS)
    (words,) = found()
    assert "mediajobs_auditevent" in words


def test_the_rest_is_looked_at_too_when_something_is_wrong():
    write(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    write(AuditCheckpoint.objects.first(), reason="nicer")
    guard.remove(guard.LINKS)
    report = audit.verify()
    assert report.verdict == Verdict.TAMPERED
    assert len(report.problems) == 3
