"""A job report is read tolerantly: no value of the remote can break it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mediajobs.remote import parse_report
from mediajobs.remote.types import EARLIEST, LATEST, parse_time

ROW = {
    "job_id": "0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44",
    "api_version": "v1.7",
    "path": "/media/transcode",
    "status": "Success",
    "progress": 100,
    "duration": 95.2,
    "time_submitted": "2025-03-05T10:15:20.411Z",
    "time_started": "2025-03-05T10:15:20.000Z",
    "time_completed": "2025-03-05T10:16:48.902Z",
    "expiry": "2025-04-05T10:15:20.000Z",
}
ANYTHING = [None, True, False, 0, -1, 1e400, float("nan"), "", "x", "\x00", "\ud800", [], {}, [{}]]
FIELDS = [*ROW, "error", "result"]


def report_with(**values):
    return parse_report(ROW | values)


def test_a_row_of_the_contract_is_read_whole():
    report = parse_report(ROW)
    assert (report.job_id, report.path) == (ROW["job_id"], "/media/transcode")
    assert (report.status, report.progress, report.api_version) == ("Success", 100, "v1.7")
    assert report.duration == Decimal("95.2")
    assert report.submitted_at == datetime(2025, 3, 5, 10, 15, 20, 411_000, UTC)
    assert report.started_at == datetime(2025, 3, 5, 10, 15, 20, 0, UTC)
    assert report.completed_at == datetime(2025, 3, 5, 10, 16, 48, 902_000, UTC)
    assert report.expires_at == datetime(2025, 4, 5, 10, 15, 20, 0, UTC)
    assert (report.error, report.text[:11]) == ("", '{"job_id": ')


def test_a_row_with_an_id_alone_is_a_report_of_nothing_else():
    report = parse_report({"job_id": "a"})
    assert (report.path, report.status, report.api_version, report.error) == ("", "", "", "")
    assert (report.progress, report.duration, report.submitted_at) == (None, None, None)
    assert (report.started_at, report.completed_at, report.expires_at) == (None, None, None)


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_a_field_holds_nothing_breaks_and_all_texts_can_be_stored(field):
    for value in ANYTHING:
        report = parse_report(ROW | {field: value}, job_id="asked")
        texts = (report.path, report.status, report.api_version, report.error, report.text)
        assert not any("\x00" in text for text in texts), value
        assert all(text.encode() is not None for text in texts), value


@pytest.mark.parametrize(
    "job_id", [None, 7, "", " ", " a", "a\n", "a\x00", "\ud800", "x" * 129, ["a"], True]
)
def test_an_id_that_cannot_be_kept_as_it_is_makes_no_report(job_id):
    assert parse_report({"job_id": job_id, "status": "Running"}) is None


def test_the_asked_id_and_path_stand_in_for_missing_ones_only():
    asked = {"job_id": "asked", "path": "/media/asked"}
    assert parse_report({"status": "Running"}, **asked).job_id == "asked"
    assert parse_report({"status": "Running"}, **asked).path == "/media/asked"
    assert parse_report(ROW, **asked).job_id == ROW["job_id"]
    assert parse_report(ROW, **asked).path == "/media/transcode"


@pytest.mark.parametrize(
    "word", ["Canceled", "success", " Success ", "cancelling", "<b>Running</b>"]
)
def test_a_status_word_is_kept_exactly_as_it_came(word):
    assert report_with(status=word).status == word


@pytest.mark.parametrize(
    ("value", "progress"),
    [(0, 0), (99.9, 99), (100, 100), (101, 100), (-5, 0), (10**30, 100)]
    + [(value, None) for value in (None, "50", True, float("nan"), float("inf"), [], {})],
)
def test_progress_is_a_whole_number_from_0_to_100_or_unknown(value, progress):
    assert report_with(progress=value).progress == progress


@pytest.mark.parametrize(
    ("value", "duration"),
    [(12.596, Decimal("12.596")), (0, Decimal(0)), (7, Decimal(7))]
    + [(12.3456789, Decimal("12.346")), (99_999_999.9999, Decimal(10**8)), (1e-320, Decimal(0))]
    + [(value, None) for value in (None, "12", -1, 1e300, 10**400, float("nan"), True)],
)
def test_duration_is_seconds_or_unknown(value, duration):
    assert report_with(duration=value).duration == duration


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-03-05T10:15:20Z", datetime(2025, 3, 5, 10, 15, 20, 0, UTC)),
        ("2025-03-05T10:15:20.411Z", datetime(2025, 3, 5, 10, 15, 20, 411_000, UTC)),
        ("2025-03-05T12:15:20+02:00", datetime(2025, 3, 5, 10, 15, 20, 0, UTC)),
        ("2025-03-05T10:15:20+00:00", datetime(2025, 3, 5, 10, 15, 20, 0, UTC)),
        (" 2025-03-05 10:15:20 ", datetime(2025, 3, 5, 10, 15, 20, 0, UTC)),
        ("2025-03-05T10:15:20.123456789Z", datetime(2025, 3, 5, 10, 15, 20, 123_456, UTC)),
    ]
    + [(value, None) for value in ("", "yesterday", "2025-13-01T00:00:00Z", 1741169720, None, [])]
    + [("0001-01-01T00:00:00+23:00", None), ("9999-12-31T23:59:59-23:00", None)]
    + [("0001-01-01T00:00:00Z", None), ("9999-12-31T23:59:59.9999999Z", None)]
    + [("1999-12-31T23:59:59Z", None), ("2200-01-01T00:00:01Z", None)]
    + [("2000-01-01T00:00:00Z", EARLIEST), ("2200-01-01T00:00:00Z", LATEST)],
)
def test_a_time_is_read_as_utc_or_is_unknown(value, moment):
    read = parse_time(value)
    assert read == moment
    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ({"type": "/p/x", "title": "Bad", "detail": "input"}, "Bad: input (/p/x)"),
        ({"title": "Bad", "details": "input"}, "Bad: input"),
        ({"title": "Bad", "details": ["one", "two", 3]}, "Bad: one; two"),
        ({"type": "/p/x", "title": "Bad"}, "Bad (/p/x)"),
        ({"type": "/p/x"}, "/p/x"),
        ({"detail": " a\n\n b\t"}, "a b"),
        ("plain words", "plain words"),
        ({"title": 7, "detail": None, "type": []}, ""),
        ({}, ""),
        (None, ""),
        (7, ""),
    ],
    ids=repr,
)
def test_an_error_becomes_one_readable_line(error, line):
    assert report_with(status="Failed", error=error).error == line


def test_an_error_of_lists_in_lists_of_any_depth_breaks_nothing():
    nested = ["words"]
    for _ in range(700):
        nested = [nested]
    for error in (nested, {"title": "Bad", "detail": nested}):
        assert "words" not in report_with(status="Failed", error=error).error


def test_an_error_beside_success_is_a_placeholder_of_the_samples():
    assert report_with(status="Success", error={"title": "Example"}).error == ""


def test_an_error_beside_any_other_word_is_kept():
    for word in ("Failed", "InternalError", "Cancelled", "Running", "success", ""):
        assert report_with(status=word, error={"title": "Bad"}).error == "Bad"


def test_long_texts_are_cut_to_what_is_remembered():
    long = "x" * 10_000
    report = parse_report(
        {"job_id": "a", "status": long, "path": long, "api_version": long, "error": long}
    )
    lengths = [len(report.status), len(report.path), len(report.api_version), len(report.error)]
    assert lengths == [64, 200, 32, 2000]
    assert len(report.text) == 4096


def test_a_body_nested_too_deep_to_be_written_still_makes_a_report():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    assert report_with(result=nested).text == ""
