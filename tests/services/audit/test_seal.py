"""Sealing: a link for every event, without gaps, whatever order they were committed in."""

import pytest
from django.db import connection

from mediajobs.models import AuditEvent, AuditLink
from mediajobs.models.link import NO_CHAIN, chained
from mediajobs.services import audit
from mediajobs.services.audit.seal import BATCH, WINDOW, unsealed
from tests.trail import give_id

pytestmark = pytest.mark.django_db


def make_event(**facts):
    return audit.event("job.deleted", audit.ENGINE, **facts)


def record(count):
    return AuditEvent.objects.append([make_event() for _ in range(count)])


def test_every_event_gets_a_link_over_the_one_before_it():
    first, second = record(2)
    assert audit.seal() == 2
    one, two = AuditLink.objects.all()
    assert (one.seq, one.event_id) == (1, first.pk)
    assert one.chain == chained(NO_CHAIN, 1, first.pk, first.digest)
    assert (two.seq, two.event_id) == (2, second.pk)
    assert two.chain == chained(one.chain, 2, second.pk, second.digest)


def test_what_is_sealed_is_not_sealed_again():
    record(3)
    assert [audit.seal(), audit.seal()] == [3, 0]


def test_more_than_a_batch_is_sealed_at_once():
    record(BATCH + 3)
    assert audit.seal() == BATCH + 3
    assert AuditLink.objects.last().seq == BATCH + 3


def test_a_smaller_id_that_was_committed_later_is_sealed_later():
    late, early = record(2)
    AuditLink.objects.append(
        [AuditLink(seq=1, event_id=early.pk, chain=chained(NO_CHAIN, 1, early.pk, early.digest))]
    )
    assert audit.seal() == 1
    assert list(AuditLink.objects.values_list("event_id", flat=True)) == [early.pk, late.pk]
    assert audit.verify().event_count == 2


def test_what_was_committed_very_late_is_found_by_a_checkpoint():
    late, *others = record(2 * WINDOW + 2)
    chain, links = NO_CHAIN, []
    for seq, event in enumerate(others, start=1):
        chain = chained(chain, seq, event.pk, event.digest)
        links.append(AuditLink(seq=seq, event_id=event.pk, chain=chain))
    AuditLink.objects.append(links)
    assert audit.seal() == 0
    audit.checkpoint("a test")
    assert AuditLink.objects.last().event_id == late.pk


def test_an_event_with_an_extreme_id_keeps_no_other_from_being_sealed():
    last = record(2)[-1].pk
    audit.seal()
    give_id(record(1)[0], 9 * 10**18)
    assert audit.seal() == 1
    give_id(record(1)[0], last + 1)  # as PostgreSQL goes on counting
    assert audit.seal() == 1


def test_nothing_to_seal_takes_no_lock(django_assert_num_queries):
    record(1)
    audit.seal()
    with django_assert_num_queries(2):
        assert audit.seal() == 0


def test_what_waits_is_looked_for_among_the_newest_of_both_tables():
    assert str(unsealed(4711).query).count("> 4711") == 2


def test_what_waits_is_found_by_index():
    record(3)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # few rows are faster scanned
    plan = unsealed(1).order_by("pk")[:5].explain().lower()
    assert "scan mediajobs" not in plan
    assert "index" in plan or "primary key" in plan


def test_an_event_whose_id_is_below_all_of_ours_is_sealed_with_the_next_checkpoint(db):
    record(3)
    give_id(AuditEvent.objects.first(), -(2**63))
    audit.checkpoint("a test")
    assert not unsealed().exists()
