"""Somebody with the password of the database meddles with the checkpoints."""

from datetime import UTC, datetime
from string import ascii_lowercase, ascii_uppercase, digits

import pytest

from mediajobs import guard, health
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink, statements
from mediajobs.services import audit
from tests.trail import (
    forge_checkpoint,
    forget_what_was_signed,
    found,
    meddle,
    write,
)

pytestmark = pytest.mark.usefixtures("trail")


END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def say_that_is_left(count, **facts):
    """Add a checkpoint without a signature that counts so many of the five events."""
    last = AuditCheckpoint.objects.first()
    facts |= {"seq": 5, "chain": last.chain, "event_count": count, "previous": last.digest}
    forged = AuditCheckpoint(number=3, reason="pruned", **facts)
    forged.body = forged.canonical_body()
    forged.digest = forged.compute_digest()
    AuditCheckpoint.objects.append([forged])


def slip_in(number):
    """Add a checkpoint that has seen more than there will ever be, a long time ahead."""
    facts = {"seq": 2**40, "event_count": 2**40, "at": datetime(2999, 1, 1, tzinfo=UTC)}
    statements.insert([AuditCheckpoint(number=number, **facts)])


def test_a_checkpoint_signed_with_another_key_is_noticed(other_key, settings):
    key, public = other_key
    settings.AUDIT_SIGNING_KEY, own = key.private_bytes_raw(), settings.AUDIT_SIGNING_KEY
    audit.checkpoint("by somebody else")
    settings.AUDIT_SIGNING_KEY = own
    assert found() == [f"Checkpoint 3 is signed with a key that is not ours: {public}."]


def test_a_signature_of_another_checkpoint_is_noticed():
    first, second = AuditCheckpoint.objects.order_by("number")
    write(second, signature=first.signature)
    assert found() == ["Checkpoint 2 has a wrong signature."]


def test_a_signature_that_is_written_otherwise_is_noticed():
    """The last sign before the padding has four bits that stand for nothing."""
    signature = AuditCheckpoint.objects.first().signature
    assert signature.endswith("==")
    signs = f"{ascii_uppercase}{ascii_lowercase}{digits}+/"
    other = signs[signs.index(signature[-3]) ^ 1]
    write(AuditCheckpoint.objects.first(), signature=f"{signature[:-3]}{other}==")
    assert found() == ["Checkpoint 2 has a wrong signature."]


@pytest.mark.parametrize("number", [0, -1])
def test_a_checkpoint_below_the_first_is_noticed(number):
    slip_in(number)
    assert found() == [f"Checkpoint {number} was slipped in: the first one has the number 1."]


def test_a_checkpoint_below_the_first_hides_no_event_that_is_dated_back():
    slip_in(-1)
    audit.record("job.deleted", audit.ENGINE, at=datetime(2020, 1, 1, tzinfo=UTC))
    audit.seal()
    assert any("is dated before a checkpoint" in words for words in found())


def test_a_signature_where_nothing_is_signed_is_noticed(settings):
    forget_what_was_signed()
    settings.AUDIT_SIGNING_KEY = b""
    first, second = AuditCheckpoint.objects.order_by("number")
    second = forge_checkpoint(second, previous=forge_checkpoint(first).digest)
    assert found() == []
    write(second, signature="x")
    assert found() == ["Checkpoint 2 has a signature, and names no key."]


def test_a_checkpoint_that_is_gone_from_the_middle_is_noticed():
    meddle(f"DELETE FROM {guard.CHECKPOINTS} WHERE number = 1")
    (words,) = found()
    assert words.startswith("Checkpoint 2 does not follow checkpoint 0")


def test_a_checkpoint_that_goes_back_is_noticed(settings):
    settings.AUDIT_SIGNING_KEY = b""
    first, second = AuditCheckpoint.objects.order_by("number")
    first = forge_checkpoint(first)
    link = AuditLink.objects.get(seq=2)
    facts = {"seq": 2, "event_count": 2, "chain": link.chain, "previous": first.digest}
    forge_checkpoint(second, **facts)
    forget_what_was_signed()
    assert found() == ["Checkpoint 2 goes back from link 3 to 2."]


@pytest.mark.parametrize("count", [3, 6])
def test_a_checkpoint_that_counts_what_cannot_be_is_noticed(settings, count):
    settings.AUDIT_SIGNING_KEY = b""
    first, second = AuditCheckpoint.objects.order_by("number")
    first = forge_checkpoint(first)
    forge_checkpoint(second, event_count=count, previous=first.digest)
    assert f"Checkpoint 2 counts {count} events, which cannot be." in found()


def test_old_events_cannot_be_called_removed_by_a_checkpoint_without_a_signature():
    meddle(
        f"DELETE FROM {guard.EVENTS} WHERE id IN "
        f"(SELECT event_id FROM {guard.LINKS} WHERE seq <= 3)",
        f"DELETE FROM {guard.LINKS} WHERE seq <= 3",
    )
    say_that_is_left(2)
    assert "After link 0 comes link 4: 3 are missing." in found()


def test_a_checkpoint_without_a_signature_keeps_no_event_from_being_looked_at():
    say_that_is_left(0)
    write(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    first, second = found()
    assert first.endswith("(link 2): reason not as in its sealed text.")
    assert second == "Checkpoint 3 is not signed."
    assert "".join(audit.export()).count('"kind":"event"') == 5


def test_a_checkpoint_without_a_signature_from_far_ahead_accuses_no_event():
    say_that_is_left(5, at=datetime(2999, 1, 1, tzinfo=UTC))
    for seals in (False, True):
        audit.record("job.deleted", audit.ENGINE)
        if seals:
            audit.seal()
        assert found() == ["Checkpoint 3 is not signed."]


def test_nothing_is_signed_behind_a_checkpoint_that_somebody_else_made(caplog):
    say_that_is_left(0)
    audit.record("job.deleted", audit.ENGINE)
    assert audit.checkpoint("the worker") is None
    assert "Checkpoint 3 is not signed with a key that is known here" in caplog.text
    assert "Checkpoint 3 is not signed with a key" in health.trail().words
    assert AuditLink.objects.count() == AuditEvent.objects.count() == 6
    meddle(f"DELETE FROM {guard.CHECKPOINTS} WHERE number = 3")
    assert audit.checkpoint("the worker").number == 3
    assert found() == []


def test_a_checkpoint_before_all_times_hides_nothing_while_events_wait_to_be_sealed():
    statements.insert([AuditCheckpoint(number=-1, seq=0, event_count=0, at=END_OF_TIME)])
    write(AuditCheckpoint.objects.first(), at=datetime.min.replace(tzinfo=UTC))
    audit.record("job.deleted", audit.ENGINE)
    words = found()
    assert "Checkpoint -1 was slipped in: the first one has the number 1." in words
    assert not any("broke off" in each for each in words)


@pytest.mark.parametrize("at", [datetime.min, datetime.max])
def test_a_time_at_the_end_of_all_times_breaks_no_check(at):
    write(AuditCheckpoint.objects.first(), at=at.replace(tzinfo=UTC))
    assert "Checkpoint 2 has columns that are not as in its sealed text." in found()
