"""The preview sorts lines and stores nothing."""

import io

from mediajobs.models import AuditEvent, Job
from mediajobs.services.intake import preview, unpack
from mediajobs.services.intake.preview import GROUP

ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"


def previewed(*lines, path="/media/transcode"):
    return preview(io.BytesIO("\n".join(lines).encode()), default_path=path)


def test_lines_are_sorted_into_new_known_repeated_and_malformed(make_job):
    known = make_job().remote_id
    found = previewed(ID.format(1), known, "abc", ID.format(1), ID.format(2))
    assert [row.line for row in unpack(found.new.pack())] == [1, 5]
    assert found.known_count == 1
    assert [(row.line, row.reason) for row in found.repeated.listed] == [
        (4, f"“{ID.format(1)}” is on line 1 already.")
    ]
    assert [row.line for row in found.malformed.listed] == [3]


def test_a_known_job_of_another_api_is_told_apart(make_job):
    here = make_job(path="/media/enhance").remote_id
    found = previewed(here, path="/media/transcode")
    assert found.known_count == 1
    assert found.elsewhere.listed[0].reason == (
        f"“{here}” is here as a job of /media/enhance, and stays so."
    )


def test_known_jobs_that_would_be_named_are_told_apart_from_those_named_otherwise(make_job):
    bare, half, full = make_job(), make_job(label="Ours"), make_job(label="Mine")
    found = previewed(
        f"{bare.remote_id},,News",
        f"{half.remote_id},,Theirs,Why",
        f"{full.remote_id},,Theirs",
        f"{ID.format(1)},,New",
    )
    assert (len(found.new), len(found.named), found.known_count, found.line_count) == (1, 2, 1, 4)
    assert [row.line for row in unpack(found.pack())] == [4, 1, 2]
    assert [(each.line, each.reason) for each in found.otherwise.listed] == [
        (2, f"“{half.remote_id}” has another label here, and keeps it."),
        (3, f"“{full.remote_id}” has another label here, and keeps it."),
    ]
    assert not found.elsewhere.count


def test_the_first_hundred_malformed_lines_are_listed_and_the_rest_counted(db):
    found = previewed(*["?"] * 250)
    assert found.malformed.count == 250
    assert len(found.malformed.listed) == 100
    assert found.malformed.unlisted_count == 150


def test_known_jobs_are_looked_up_in_groups(db, django_assert_num_queries):
    lines = [ID.format(number) for number in range(1200)]
    with django_assert_num_queries(3):
        found = previewed(*lines)
    assert len(found.new) == 1200


def test_an_id_that_comes_again_far_below_names_the_line_on_which_it_came_first(db):
    ids = [ID.format(number) for number in range(GROUP + 1)]
    found = previewed(*ids, ids[0], ids[0], ids[-1])
    assert len(found.new) == GROUP + 1
    first, last = GROUP + 2, GROUP + 1
    assert [(row.line, row.reason) for row in found.repeated.listed] == [
        (first, f"“{ids[0]}” is on line 1 already."),
        (first + 1, f"“{ids[0]}” is on line 1 already."),
        (first + 2, f"“{ids[-1]}” is on line {last} already."),
    ]


def test_nothing_is_stored(db):
    previewed(ID.format(1))
    assert not Job.objects.exists()
    assert not AuditEvent.objects.exists()
