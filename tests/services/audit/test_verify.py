"""Verifying: sound, lagging or not to be checked; without writing anything."""

import sys
from base64 import b64decode
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from mediajobs.models import (
    AuditCheckpoint,
    AuditEvent,
    AuditLink,
    Job,
)
from mediajobs.services import audit
from mediajobs.services.audit import Actor, Verdict
from tests.models.test_audit import STRANGE_TEXTS
from tests.trail import forget_what_was_signed, found, sign_anew, write


def long_ago(**age):
    return timezone.now() - timedelta(**age)


def record(**facts):
    return AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE, **facts)])[0]


def age_checkpoints(**age):
    """Let the newest checkpoint, not signed, be so old."""
    checkpoint = audit.checkpoint("a test")
    write(checkpoint, at=long_ago(**age))
    checkpoint.refresh_from_db()
    write(checkpoint, body=checkpoint.canonical_body())
    write(checkpoint, digest=checkpoint.compute_digest())


def verdict(**options):
    report = audit.verify(**options)
    return report.verdict, [problem.words for problem in report.problems]


def test_an_empty_trail_is_sound(db):
    assert verdict() == (Verdict.SOUND, [])


def test_a_sound_trail_is_counted(trail):
    record()
    report = audit.verify()
    assert report.verdict == Verdict.SOUND
    assert (report.event_count, report.last_seq, report.unsealed_count) == (5, 5, 1)
    assert (report.checkpoint_count, report.signed_count) == (2, 2)
    assert report.chain == AuditLink.objects.last().chain


def test_a_check_that_breaks_off_takes_nothing_with_it_that_the_others_found(trail, monkeypatch):
    def break_off():
        yield from (1 / zero for zero in [0])

    write(AuditEvent.objects.last(), reason="nicer")
    monkeypatch.setattr(sys.modules[audit.verify.__module__], "unguarded", break_off)
    what, words = verdict()
    assert what == Verdict.TAMPERED
    assert words[0] == "A check broke off (division by zero); what the others found follows."
    assert words[1].endswith("reason not as in its sealed text.")


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_text_of_every_kind_verifies(db, text):
    somebody = Actor(name=text, channel="web", user_agent=text, request_id=text)
    audit.record("job.edited", somebody, reason=text, detail=text, answer=text)
    audit.checkpoint(text)
    assert found() == []
    assert AuditEvent.objects.last().reason == text


def test_every_character_verifies(db):
    record(answer="".join(map(chr, range(1, 0x2100))))
    audit.checkpoint("a test")
    assert found() == []


def test_moments_with_and_without_fractions_verify(db):
    now = timezone.now()
    for microsecond in (0, 1, 10, 123_400, 999_999):
        record(at=now.replace(microsecond=microsecond))
    audit.checkpoint("a test")
    assert found() == []


def test_more_than_a_page_of_events_verifies(db):
    AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE) for _ in range(4321)])
    audit.checkpoint("a test")
    report = audit.verify()
    assert (report.verdict, report.event_count) == (Verdict.SOUND, 4321)


def test_a_part_of_the_trail_is_verified_from_a_link_on(trail):
    write(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    assert verdict(since=1)[0] == Verdict.TAMPERED
    assert verdict(since=2) == (Verdict.SOUND, [])
    assert audit.verify(since=2).event_count == 3
    assert audit.verify(since=4).checkpoint_count == 1


def test_a_link_to_begin_at_that_is_not_there_cannot_be_checked(trail):
    assert verdict(since=99) == (Verdict.UNCHECKED, ["There is no link 99 to begin at."])


def test_an_event_that_waits_long_for_its_link_is_lagging(db):
    record(at=long_ago(seconds=90))
    status, (words,) = verdict()
    assert status == Verdict.LAGGING
    assert words.startswith("1 events wait to be sealed, the oldest since")


def test_an_event_that_waits_a_little_is_not_lagging(db):
    record(at=long_ago(seconds=30))
    assert verdict() == (Verdict.SOUND, [])


def test_a_newest_checkpoint_that_is_old_is_lagging(db):
    record(at=long_ago(minutes=20))
    age_checkpoints(minutes=11)
    status, (words,) = verdict()
    assert status == Verdict.LAGGING
    assert words.startswith("There was no checkpoint since")


def test_a_newest_checkpoint_of_a_moment_ago_is_not_lagging(db):
    record(at=long_ago(minutes=18))
    age_checkpoints(minutes=9)
    assert verdict() == (Verdict.SOUND, [])


def test_a_trail_without_any_checkpoint_is_lagging_after_a_while(db):
    record(at=long_ago(minutes=11))
    audit.seal()
    status, (words,) = verdict()
    assert status == Verdict.LAGGING
    assert words.startswith("There was no checkpoint since")


def test_the_longest_time_without_a_checkpoint_is_told(db):
    record(at=long_ago(hours=3))
    age_checkpoints(hours=2)
    audit.checkpoint("a test")
    assert audit.verify().longest_gap_seconds == 7200


def test_signatures_by_keys_that_nobody_knows_here_cannot_be_checked(trail, settings):
    settings.AUDIT_SIGNING_KEY = b""
    status, (words,) = verdict()
    assert status == Verdict.UNCHECKED
    assert "AUDIT_PUBLIC_KEYS" in words


def test_that_nobody_knows_the_keys_weighs_more_than_that_the_newest_is_old(trail, settings):
    sign_anew(AuditCheckpoint.objects.first(), at=long_ago(minutes=11))
    forget_what_was_signed()
    assert verdict()[0] == Verdict.LAGGING
    settings.AUDIT_SIGNING_KEY = b""
    status, (words,) = verdict()
    assert status == Verdict.UNCHECKED
    assert "AUDIT_PUBLIC_KEYS" in words


def test_signatures_are_checked_by_public_keys_alone(trail, settings, signed):
    settings.AUDIT_SIGNING_KEY, settings.AUDIT_PUBLIC_KEYS = b"", [b64decode(signed)]
    assert verdict() == (Verdict.SOUND, [])


def test_an_old_key_counts_as_long_as_it_is_named(trail, settings, signed):
    secret, _ = audit.make_key()
    settings.AUDIT_SIGNING_KEY = b64decode(secret)
    audit.checkpoint("by the new key")
    assert verdict()[0] == Verdict.TAMPERED
    settings.AUDIT_PUBLIC_KEYS = [b64decode(signed)]
    assert verdict() == (Verdict.SOUND, [])


def test_checkpoints_from_before_there_was_a_key_count_when_the_settings_say_so(
    make_trail, settings
):
    make_trail(1)
    settings.AUDIT_SIGNING_KEY = b64decode(audit.make_key()[0])
    make_trail(2)
    (words,) = found()
    assert words == (
        "Checkpoint 1 is not signed. If there was no key yet when it was made, set "
        "AUDIT_SIGNED_FROM to the number of the first checkpoint that was made with the key."
    )
    settings.AUDIT_SIGNED_FROM = 2
    assert found() == []


@contextmanager
def meddling(statement):
    """Try to write while links are read; give the errors that came of it."""
    errors = []

    def write_too(execute, sql, params, many, context):
        if "FROM mediajobs_auditlink l" in sql and not errors:
            errors.append(None)
            with pytest.raises(DatabaseError) as error:
                context["cursor"].execute(statement)
            errors.append(str(error.value))
            if connection.vendor == "postgresql":
                connection.connection.rollback()
                raise error.value
        return execute(sql, params, many, context)

    with connection.execute_wrapper(write_too):
        yield errors


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_database_refuses_any_write_while_it_is_verified(make_trail):
    make_trail(1)
    with meddling("DELETE FROM mediajobs_heartbeat") as errors:
        try:
            audit.verify()
        except DatabaseError:
            assert connection.vendor == "postgresql"
    assert "read-only" in errors[1] or "readonly" in errors[1]
    Job.objects.create(remote_id="job-00001", path="/media/enhance")  # and afterwards not
