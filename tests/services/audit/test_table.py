"""The trail as CSV: what a spreadsheet, a script and a terminal make of it."""

import csv
import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from mediajobs.models import AuditEvent
from mediajobs.services import audit
from mediajobs.services.audit import Selection
from mediajobs.services.audit.extract import extract_of
from mediajobs.services.audit.table import COLUMNS, inert, table
from tests.models.test_audit import STRANGE_TEXTS, make_event

pytestmark = pytest.mark.django_db


def lines_of(selection=None):
    audit.seal()
    return list(table(extract_of(selection or Selection())))


def rows_of(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_there_is_a_line_of_names_one_an_event_and_one_that_counts_them(db):
    made = AuditEvent.objects.append([make_event(reason="stuck"), make_event(job_id="job-1")])
    names, first, second, end = rows_of("".join(lines_of()))
    assert names[:4] == ["link", "id", "at", "kind"]
    told = dict(zip(names, first, strict=True))
    assert (told["link"], told["id"], told["reason"]) == ("1", str(made[0].pk), "stuck")
    assert told["at"] == made[0].at.isoformat(timespec="microseconds")
    assert told["digest"] == made[0].digest
    assert dict(zip(names, second, strict=True))["job_id"] == "job-1"
    assert end == ["End of the export: 2 events. Without this line it was cut off. All events."]


def test_a_selection_is_named_at_its_end(db):
    AuditEvent.objects.append([make_event()])
    end = lines_of(Selection({"actor": "ada"}, words="Who: ada"))[-1]
    assert "1 events. Without this line it was cut off. Selected: Who: ada." in end


def test_every_column_of_the_trail_is_in_it(db):
    (names, *_) = rows_of(lines_of()[0])
    columns = {field.attname for field in AuditEvent._meta.fields}
    assert set(names) == columns - {"body"} | {"link"}


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_no_text_breaks_a_line_begins_a_formula_or_moves_a_terminal(db, text):
    AuditEvent.objects.append([make_event(reason=text, detail=text, answer=text)])
    lines = lines_of()
    assert len(lines) == 3
    for line in lines:
        assert line.removeprefix("\ufeff").removesuffix("\r\n").isprintable()
        for cell in rows_of(line)[0]:
            assert not cell.lstrip(" \"'").startswith(("=", "+", "-", "@")) or cell[0] == "'"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plain", "plain"),
        ("", ""),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        *((f"{sign}1", f"'{sign}1") for sign in "＝＋－＠﹦﹢﹣﹫\u2212"),
        ("a;﹦1", "a;'﹦1"),
        ("\t=1", "\\t=1"),
        ("\r=1", "\\r=1"),
        ('"=1', "'\"=1"),
        ("'=1", "''=1"),
        (" =1", "' =1"),
        ("a;=1", "a;'=1"),
        ('a; "=1', "a;' \"=1"),
        ("a,@x", "a,'@x"),
        ("1-1=0", "1-1=0"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb", "a\\r\\nb"),
        ("\u202egnp", "\\u202egnp"),
        ("עצור 🎬", "עצור 🎬"),
        (200, 200),
        (None, None),
    ],
)
def test_text_is_made_harmless_and_stays_readable(text, told):
    assert inert(text) == told


class Rows:
    """Stands for what an export reads: rows whose every cell has to be made harmless."""

    event_count = 3000
    selection = Selection()
    at = timezone.now()

    def __init__(self, word):
        self.word = word

    def rows(self, *names):
        facts = [f"{self.word}\n"] * (len(COLUMNS) - 2)
        for seq in range(self.event_count):
            yield seq, "", seq, self.at, *facts


@pytest.fixture
def threads_that_take_turns_all_the_time():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("threads_that_take_turns_all_the_time")
def test_two_exports_at_once_keep_to_their_own_rows():
    extracts = [Rows("ada"), Rows("eve")]
    alone = [list(table(extract)) for extract in extracts]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda extract: list(table(extract)), extracts)) == alone
