"""Taking the trail along: who may, what is in the file, and what is on record of it."""

import json

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, connection

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.services import audit
from mediajobs.services.audit import verify_export
from mediajobs.services.audit.export import closed
from tests.admin.cancel_steps import text
from tests.models.test_audit import STRANGE_TEXTS, make_event

LIST = "/mediajobs/auditevent/"
EXPORT = f"{LIST}export/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded():
    """Record and seal events with these facts."""

    def record(*facts):
        made = AuditEvent.objects.append([make_event(**each) for each in facts])
        audit.seal()
        return made

    return record


def body(answer):
    return b"".join(answer.streaming_content)


def hang_up(answer):
    """Close an answer that nobody read, as a server does; the database stays open."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


def records(answer):
    return [json.loads(line) for line in body(answer).splitlines()]


def test_what_the_list_shows_is_in_the_file_beyond_its_pages(auditor, recorded):
    recorded(*[{"actor": "bo"}] * 2, *[{"actor": "ada"}] * 120)
    answer = auditor.post(f"{EXPORT}?actor=ada&p=2", {"format": "jsonl"})
    lines = records(answer)
    told = [json.loads(line["body"])["actor"] for line in lines if line["kind"] == "event"]
    assert told == ["ada"] * 120
    assert lines[0]["selection"] == "Who: ada"
    assert lines[-1]["event_count"] == 120


@pytest.mark.parametrize(
    ("query", "words", "count"),
    [
        ("kind=cancel.answered", "What: The media API answered", 1),
        ("q=TOO+slow", "Reason holds: TOO slow", 1),
        (
            "q=job-0&channel=web&search_in=job",
            "Through: Browser; Job id begins with: job-0",
            1,
        ),
        ("q=deadbeef", "Job id begins with: deadbeef", 0),
        ("q=deadbeef&search_in=reason", "Reason holds: deadbeef", 0),
        ("job=job-00001", "Job: job-00001", 1),
        ("cancellation=7", "Cancellation number: 7", 1),
        ("since=2026-01-31&actor=ada", "Who: ada; From (UTC): 2026-01-31 00:00:00+00:00", 4),
        ("actor=nobody", "Who: nobody", 0),
    ],
)
def test_filters_and_search_are_those_of_the_list(auditor, recorded, query, words, count):
    recorded(
        {"kind": "cancel.answered"},
        {"reason": "Too slow"},
        {"job_id": "job-00001"},
        {"batch_id": 7},
    )
    answer = auditor.post(f"{EXPORT}?{query}", {"format": "jsonl"})
    lines = records(answer)
    assert (lines[0]["selection"], lines[-1]["event_count"]) == (words, count)
    assert len(auditor.get(f"{LIST}?{query}").context["cl"].result_list) == count


def test_the_whole_trail_verifies_on_any_machine(auditor, trail, tmp_path, signed):
    answer = auditor.post(EXPORT, {"format": "jsonl"})
    (tmp_path / "file").write_bytes(body(answer))
    status, words = verify_export.main([str(tmp_path / "file"), "--key", signed])
    assert (status, words.startswith("Sound in itself: 5 events, 2 checkpoints")) == (0, True)


def test_a_selection_verifies_as_far_as_it_can_and_is_found_in_the_trail(
    auditor, make_trail, tmp_path
):
    make_trail(1, 2, 3)
    make_trail(2, 3)
    file = tmp_path / "file"
    file.write_bytes(body(auditor.post(f"{EXPORT}?job=job-00002", {"format": "jsonl"})))
    status, words = verify_export.main([str(file)])
    assert (status, words.startswith("Sound in itself: 2 events, 0 checkpoints")) == (0, True)
    assert 'It is a selection, "Job: job-00002".' in words
    assert "cannot show that nothing else was recorded" in words
    audit.checkpoint("a test")
    assert audit.verify(export=str(file)).problems == []
    rewritten = [json.loads(line) for line in file.read_text().splitlines()]
    text_of = rewritten[2]["body"].replace("stuck", "other")
    digest = verify_export.sha256("audit-event/1\n" + text_of)
    rewritten[2] |= {"body": text_of, "digest": digest}
    first, *events = (json.dumps(line) + "\n" for line in rewritten[:-1])
    file.write_text("".join(closed(first, [("event", line) for line in events])))
    assert verify_export.main([str(file)])[0] == 0
    [problem] = audit.verify(export=str(file)).problems
    assert "or one before it is another" in problem.words


@pytest.mark.parametrize("strange", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_any_text_comes_back_as_it_was(auditor, recorded, strange):
    recorded({"reason": strange, "detail": strange, "answer": strange})
    data = body(auditor.post(EXPORT, {"format": "jsonl"}))
    assert data.isascii()
    told = json.loads(json.loads(data.splitlines()[1])["body"])
    assert [told[name] for name in ("reason", "detail", "answer")] == [strange] * 3


def test_csv_comes_as_a_file_that_is_not_kept_in_between(auditor, recorded):
    recorded({"reason": "=1+1"})
    answer = auditor.post(EXPORT, {"format": "csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="trail-2')
    assert answer.headers["Content-Disposition"].endswith('-1-events.csv"')
    assert b",'=1+1," in body(answer)


def test_it_is_on_record_before_the_first_byte_whoever_breaks_it_off(auditor, recorded):
    recorded({}, {})
    query = f"{EXPORT}?actor=ada"
    hang_up(auditor.post(query, {"format": "csv"}, headers={"user-agent": "Lynx"}))
    event = AuditEvent.objects.get(kind=AuditKind.TRAIL_EXPORTED)
    assert (event.actor, event.channel, event.user_agent) == ("auditor", "web", "Lynx")
    assert event.detail == "2 events up to link 2 as CSV: Who: ada."


def test_the_export_itself_is_not_in_the_file(auditor, recorded):
    recorded({})
    assert records(auditor.post(EXPORT, {"format": "jsonl"}))[-1]["event_count"] == 1


def test_no_transaction_is_open_while_somebody_reads(auditor, recorded):
    recorded({})
    before = len(connection.savepoint_ids)
    answer = auditor.post(EXPORT, {"format": "jsonl"})
    pieces = iter(answer.streaming_content)
    next(pieces)
    assert len(connection.savepoint_ids) == before
    assert list(pieces) == []


@pytest.fixture
def under_way(auditor, recorded):
    """Two exports of which nobody has read a byte."""
    recorded({})
    answers = [auditor.post(EXPORT, {"format": "csv"}) for _ in range(2)]
    yield answers
    for answer in answers:
        hang_up(answer)


def test_a_third_export_at_once_is_refused_and_leaves_no_trace(auditor, under_way):
    answer = auditor.post(f"{EXPORT}?actor=ada", {"format": "csv"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Two exports are under way. Try again when one has ended." in text(answer)
    assert f'href="{LIST}?actor=ada"' in answer.content.decode()
    assert AuditEvent.objects.filter(kind=AuditKind.TRAIL_EXPORTED).count() == 2


@pytest.mark.parametrize("end", [hang_up, body])
def test_an_export_frees_its_place_once_whether_or_not_somebody_reads_it(auditor, under_way, end):
    end(under_way[0])
    hang_up(under_way[0])
    next_one = auditor.post(EXPORT, {"format": "csv"})
    assert next_one.status_code == 200
    assert auditor.post(EXPORT, {"format": "csv"}).status_code == 503
    assert body(next_one)


@pytest.mark.parametrize(
    ("address", "form", "sentence"),
    [
        (EXPORT, {}, "choose CSV or JSON Lines"),
        (EXPORT, {"format": "xml"}, "choose CSV or JSON Lines"),
        (
            f"{EXPORT}?kind=nonsense",
            {"format": "csv"},
            "the filter or the search cannot be understood",
        ),
        (f"{EXPORT}?q=%00", {"format": "csv"}, "the filter or the search cannot be"),
        (f"{EXPORT}?q=slow%00", {"format": "csv"}, "Null characters are not allowed"),
        (f"{EXPORT}?actr=ada", {"format": "csv"}, "cannot be filtered as the address asks"),
        (f"{EXPORT}?actor=%00", {"format": "csv"}, "cannot be filtered as the address asks"),
    ],
)
def test_what_cannot_be_understood_exports_nothing_and_says_so(
    auditor, recorded, address, form, sentence
):
    recorded({})
    answer = auditor.post(address, form, follow=True)
    assert answer.redirect_chain
    assert sentence in text(answer)
    assert not AuditEvent.objects.filter(kind=AuditKind.TRAIL_EXPORTED).exists()


def test_to_look_at_the_address_leads_to_the_list(auditor):
    assert auditor.get(f"{EXPORT}?actor=ada").headers["Location"] == f"{LIST}?actor=ada"


def test_nobody_without_the_right_takes_it_along(sign_in, recorded):
    recorded({})
    assert body(sign_in("administrator").post(EXPORT, {"format": "csv"}))
    exports = AuditEvent.objects.filter(kind=AuditKind.TRAIL_EXPORTED)
    assert sign_in("bulk operator").post(EXPORT, {"format": "csv"}).status_code == 403
    assert exports.count() == 1


def test_the_list_offers_both_with_its_filters_and_none_without_events(auditor, recorded):
    recorded({})
    page = auditor.get(f"{LIST}?actor=ada").content.decode()
    assert f'action="{EXPORT}?actor=ada"' in page
    assert page.count('form="export"') == 2
    assert 'form="export"' not in auditor.get(f"{LIST}?actor=nobody").content.decode()


def test_settling_what_is_exported_costs_few_queries(auditor, recorded, django_assert_num_queries):
    recorded({})
    auditor.get(LIST)
    with django_assert_num_queries(14):
        body(auditor.post(f"{EXPORT}?actor=ada", {"format": "jsonl"}))
