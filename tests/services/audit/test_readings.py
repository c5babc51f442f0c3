"""Verifying and exporting are on record, and ask for no worker."""

from datetime import timedelta

from django.utils import timezone

from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.services import audit
from mediajobs.services.audit import Actor, Verdict
from tests.trail import give_id, write

BY = Actor.from_shell("tester")


def verified():
    report = audit.verify()
    audit.record_verification(report, by=BY)
    return report.verdict


def test_the_newest_verification_is_found(trail):
    assert audit.last_verified() is None
    verified()
    first = audit.last_verified()
    assert (first.actor, first.channel, first.outcome) == ("shell:tester", "command", "sound")
    assert first.detail == "5 events up to link 5."
    verified()
    assert audit.last_verified().pk > first.pk


def test_a_verification_is_sealed_at_once(trail):
    verified()
    assert AuditLink.objects.filter(event_id=audit.last_verified().pk).exists()


def test_a_verification_of_a_part_says_so(trail):
    audit.record_verification(audit.verify(since=4), by=BY, since=4)
    assert audit.last_verified().detail == "1 events up to link 5, from link 4 on."


def test_a_trail_that_was_tampered_with_is_told_with_what_is_wrong_and_stays_as_it_is(trail):
    event = AuditEvent.objects.order_by("pk")[1]
    write(event, reason="nicer")
    links = AuditLink.objects.count()
    assert verified() == Verdict.TAMPERED
    told = audit.last_verified()
    assert told.outcome == "tampered"
    assert f"Event {event.pk} (link 2): reason not as in its sealed text." in told.detail
    assert AuditLink.objects.count() == links


def test_a_verification_does_not_hide_that_sealing_lags(trail):
    old = timezone.now() - timedelta(minutes=5)
    AuditEvent.objects.append([audit.event("job.edited", audit.ENGINE, at=old)])
    assert [verified(), verified()] == [Verdict.LAGGING] * 2


def test_a_panel_that_nobody_used_may_be_verified_again_and_again(db):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    event = audit.event("trail.verified", BY, outcome="sound", at=an_hour_ago)
    AuditEvent.objects.append([event])
    audit.seal()
    assert not AuditCheckpoint.objects.exists()
    assert verified() == Verdict.SOUND
    assert verified() == Verdict.SOUND


def test_what_no_database_takes_as_text_is_escaped(trail):
    line = '{"event_count": 5, "checkpoint_count": 2, "digest": "abc"}'
    audit.record_export("trail\udcff\x00", last_line=line, by=BY)
    told = AuditEvent.objects.get(kind="trail.exported")
    assert told.detail == (
        r"Written to trail\udcff\x00: 5 events and 2 checkpoints, closing digest abc."
    )


def verified_at(at, outcome):
    return AuditEvent.objects.append([audit.event("trail.verified", BY, outcome=outcome, at=at)])[0]


def test_a_verification_with_an_extreme_id_does_not_stay_the_newest(trail):
    now, last = timezone.now(), AuditEvent.objects.first().pk
    give_id(verified_at(now - timedelta(minutes=1), "sound"), 9 * 10**18)
    give_id(verified_at(now, "tampered"), last + 1)  # as PostgreSQL goes on counting
    assert audit.last_verified().outcome == "tampered"


def test_a_verification_that_is_dated_ahead_is_not_the_newest(trail):
    now = timezone.now()
    verified_at(now, "tampered")
    verified_at(now + timedelta(minutes=50), "sound")
    assert audit.last_verified().outcome == "tampered"


def test_which_part_was_verified_can_be_told(trail):
    for since, part in ((0, ""), (4, "from link 4 on")):
        audit.record_verification(audit.verify(since=since), by=BY, since=since)
        assert audit.part_verified(audit.last_verified()) == part
