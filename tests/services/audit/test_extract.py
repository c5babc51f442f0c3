"""What an export holds: all that was sealed when it began, and no more, counted to the end."""

import pytest

from mediajobs import guard
from mediajobs.models import AuditEvent, AuditLink
from mediajobs.services import audit
from mediajobs.services.audit import Selection
from mediajobs.services.audit.extract import WINDOW, BrokenOffError, extract_of
from tests.models.test_audit import make_event
from tests.trail import execute, meddle

pytestmark = pytest.mark.django_db


def ids(extract):
    return [key for _, _, key in extract.rows("id")]


def sealed(*facts):
    """Record events and seal them; returns their keys."""
    made = AuditEvent.objects.append([make_event(**each) for each in facts])
    audit.seal()
    return [event.pk for event in made]


def test_all_that_is_sealed_is_in_it_in_the_order_of_the_links():
    keys = sealed(*[{}] * (WINDOW + 1))
    extract = extract_of(Selection())
    assert (extract.event_count, ids(extract)) == (WINDOW + 1, keys)


def test_what_is_sealed_later_or_not_at_all_is_not_in_it():
    keys = sealed({}, {})
    whole, part = extract_of(Selection()), extract_of(Selection({"actor": "ada"}))
    sealed({})
    AuditEvent.objects.append([make_event()])
    assert ids(whole) == ids(part) == keys
    assert extract_of(Selection({"actor": "ada"})).event_count == 3


def test_a_selection_holds_what_fits_and_reaches_from_its_first_to_its_last_link():
    facts = [{"actor": "bo"}, {}, {"actor": "bo"}, {}, {"actor": "bo"}]
    keys = sealed(*facts)
    extract = extract_of(Selection({"actor": "ada"}))
    assert (extract.event_count, extract.first_seq, extract.last_seq) == (2, 2, 4)
    assert ids(extract) == [keys[1], keys[3]]


def test_a_text_is_looked_for_in_all_reasons():
    keys = sealed({"reason": "Stuck"}, {"reason": "slow"}, {}, {"reason": "ÜBERSTUCK"})
    extract = extract_of(Selection(in_reason="stuck"))
    assert (extract.event_count, ids(extract)) == (2, [keys[0], keys[3]])
    assert ids(extract_of(Selection(in_reason="überstuck"))) == [keys[3]]


def test_a_selection_of_nothing_is_empty():
    sealed({})
    assert ids(extract_of(Selection({"actor": "nobody"}))) == []
    assert ids(extract_of(Selection(in_reason="nothing"))) == []


def test_a_trail_without_events_is_empty():
    assert ids(extract_of(Selection())) == []


@pytest.mark.parametrize("selection", [Selection(), Selection({"actor": "ada"})])
def test_it_breaks_off_where_events_were_removed_meanwhile(selection):
    sealed({}, {}, {})
    extract = extract_of(selection)
    link = AuditLink.objects.get(seq=2)
    meddle(f"DELETE FROM mediajobs_auditlink WHERE seq = {link.seq}")
    with pytest.raises(BrokenOffError, match="2 events were there of 3"):
        ids(extract)


def test_reading_it_keeps_no_transaction_open(django_assert_num_queries):
    sealed({}, {})
    rows = extract_of(Selection()).rows("id")
    with django_assert_num_queries(2):
        next(rows)
    audit.record("job.edited", audit.ENGINE)
    assert len(list(rows)) == 1


def test_a_link_that_was_put_far_off_ends_it_after_what_is_there():
    keys = sealed({}, {})
    execute(f"INSERT INTO {guard.LINKS} (seq, event_id, chain) VALUES ({10**15}, 7777777, 'x')")
    with pytest.raises(BrokenOffError, match="2 events were there"):
        ids(extract_of(Selection()))
    assert ids(extract_of(Selection(), is_as_found=True)) == keys
