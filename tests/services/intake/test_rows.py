"""Lines become rows: ids alone, CSV with and without header, and every way to be malformed."""

import pytest

from mediajobs.services.intake import Malformed, Row, read_rows
from mediajobs.services.intake.lines import LINE_LENGTH

ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44"
PATH = "/media/transcode"


def read(*lines, **options):
    return list(read_rows(lines, default_path=PATH, **options))


def test_an_id_alone_takes_the_default_path_and_label():
    assert read(ID, default_label="Monday") == [Row(1, ID, PATH, "Monday", "")]


def test_columns_without_a_header_are_id_path_label_note_owner_link():
    assert read(f"{ID},/media/enhance,A label,A note,Sport,https://mam/1") == [
        Row(1, ID, "/media/enhance", "A label", "A note", "Sport", "https://mam/1")
    ]


def test_a_header_names_the_columns_in_any_order_and_unknown_ones_are_passed_over():
    rows = read("Label,Status,Job ID,API", f"x,Running,{ID},/media/master")
    assert rows == [Row(2, ID, "/media/master", "x", "")]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_comma_semicolon_and_tab_part_columns(mark):
    assert read(mark.join([ID, "/media/enhance", "a"])) == [Row(1, ID, "/media/enhance", "a", "")]


def test_quotes_keep_a_delimiter_inside():
    assert read(f'{ID},,"one, ""two"""')[0].label == 'one, "two"'


def test_empty_lines_are_passed_over_and_counted():
    assert read("", "   ", ID)[0].line == 3


def test_spaces_around_cells_are_dropped():
    assert read(f"  {ID} , /media/enhance ") == [Row(1, ID, "/media/enhance", "", "")]


def test_a_header_in_the_middle_is_a_malformed_line():
    assert isinstance(read(ID, "job_id,path")[1], Malformed)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("abc", "“abc” is not a job id."),
        (",/media/enhance", "It has no job id."),
        (f"{ID},/media/../etc", "“/media/../etc” is no path that jobs are submitted to."),
        (f"{ID},A label", "“A label” is no path that jobs are submitted to."),
        (
            f"{ID},,,,,,x",
            "It has 7 columns; there are 6: job_id, path, label, note, owner, link.",
        ),
        (f'{ID},,"open', "Its quotation marks do not match."),
        (f"{ID},,{'x' * 201}", "Its label has 201 characters; the most is 200."),
        (f"{ID},,,{'x' * 2001}", "Its note has 2,001 characters; the most is 2,000."),
        (f"{ID},,,,{'x' * 151}", "Its owner has 151 characters; the most is 150."),
        (f"{ID},,,,,https://{'x' * 493}", "Its link has 501 characters; the most is 500."),
        (f"{ID},,,,,ftp://mam/1", "“ftp://mam/1” is no web address."),
        ("x" * (LINE_LENGTH + 1), "It is longer than 4,096 characters."),
        ("<script>alert(1)</script>", "“<script>alert(1)</script>” is not a job id."),
    ],
)
def test_a_malformed_line_is_named_with_its_reason_and_the_next_one_is_read(line, reason):
    malformed, good = read(line, ID)
    assert malformed.line == 1
    assert malformed.reason.startswith(reason)
    assert good.remote_id == ID
