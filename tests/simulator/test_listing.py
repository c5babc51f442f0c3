"""The job list: order, pages, filters, rows."""

import base64
import json

import pytest

from mediajobs.simulator import World
from tests.simulated import Clock
from tests.simulator.asking import all_pages, get, ids_on, read


@pytest.fixture
def world():
    return World(clock=Clock(1_741_169_720.411))  # 2025-03-05T10:15:20.411Z


def test_the_newest_submission_comes_first(world):
    ids = {ago: world.add_job(submitted_ago=ago) for ago in (30, 10, 20)}
    assert ids_on(get(world)) == [ids[10], ids[20], ids[30]]


def test_pages_hold_a_hundred_rows_and_together_every_job_once(world):
    ids = {world.add_job(submitted_ago=place // 3) for place in range(250)}
    pages = all_pages(world)
    assert [page["count"] for page in pages] == [100, 100, 50]
    rows = [row["job_id"] for page in pages for row in page["jobs"]]
    assert len(rows) == 250
    assert set(rows) == ids


def test_the_token_is_absent_on_a_last_page_that_is_just_full(world):
    for _ in range(100):
        world.add_job()
    assert "next_token" not in read(get(world))


def test_a_job_submitted_between_two_pages_shifts_nothing(world):
    for place in range(150):
        world.add_job(submitted_ago=1000 - place)
    token = read(get(world))["next_token"]
    newcomer = world.add_job(submitted_ago=0)
    second = read(get(world, next_token=token))
    assert second["count"] == 50
    assert newcomer not in [row["job_id"] for row in second["jobs"]]


def test_the_token_is_base64_of_a_place_in_the_list(world):
    for _ in range(101):
        world.add_job()
    page = read(get(world))
    place = json.loads(base64.b64decode(page["next_token"]))
    assert place["jobId"] == page["jobs"][-1]["job_id"]


@pytest.mark.parametrize("token", ["nonsense", "bnVsbA==", "e30=", "W10=", "YQ==", "é"])
def test_a_token_that_the_list_never_gave_out_is_a_bad_request(world, token):
    reply = get(world, next_token=token)
    assert reply.status == 400
    assert "next_token" in read(reply)["detail"]


def test_a_status_filter_reaches_over_pages(world):
    wanted = set()
    for place in range(450):
        status = "Running" if place % 3 else "Failed"
        job_id = world.add_job(status=status, submitted_ago=10 + place)
        wanted |= {job_id} if status == "Failed" else set()
    pages = all_pages(world, status="Failed")
    assert [page["count"] for page in pages] == [100, 50]
    assert {row["job_id"] for page in pages for row in page["jobs"]} == wanted


def test_an_unknown_status_matches_no_job(world):
    world.add_job()
    assert read(get(world, status="running")) == {"count": 0, "jobs": []}


def test_both_bounds_are_inclusive(world):
    ids = [world.add_job(submitted_ago=ago) for ago in (2, 1, 0)]
    bounds = {
        "submitted_after": "2025-03-05T10:15:18.411Z",
        "submitted_before": "2025-03-05T10:15:19.411Z",
    }
    assert ids_on(get(world, **bounds)) == [ids[1], ids[0]]


@pytest.mark.parametrize(
    ("bound", "found"),
    [
        ({"submitted_after": "2025-03-05T10:15:20.412Z"}, False),
        ({"submitted_after": "2025-03-05T10:15:20.411001Z"}, False),
        ({"submitted_before": "2025-03-05T10:15:20.410Z"}, False),
        ({"submitted_before": "2025-03-05T10:15:20.411999Z"}, True),
        ({"submitted_after": "2025-03-05T10:15:20"}, True),
        ({"submitted_after": "2025-03-05T11:15:20+01:00"}, True),
        ({"submitted_before": "2025-03-05T10:15:20+01:00"}, False),
        ({"submitted_after": ""}, True),
    ],
)
def test_bounds_are_exact_to_the_millisecond_and_know_zones(world, bound, found):
    world.add_job(submitted_ago=0)
    assert len(ids_on(get(world, **bound))) == found


def test_a_date_that_is_none_is_a_bad_request_that_names_the_parameter(world):
    reply = get(world, submitted_after="yesterday")
    assert reply.status == 400
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert "submitted_after" in read(reply)["detail"]


def test_an_end_before_the_beginning_is_a_bad_request(world):
    bounds = {"submitted_after": "2025-03-05T10:00:00Z", "submitted_before": "2025-03-05T09:00:00Z"}
    assert get(world, **bounds).status == 400


def test_a_row_of_a_success_has_a_duration_and_all_its_times(world):
    job_id = world.add_job(status="Success", submitted_ago=60)
    (row,) = read(get(world))["jobs"]
    assert row.pop("duration") > 0
    assert row == {
        "job_id": job_id,
        "api_version": "v1.7",
        "path": "/media/transcode",
        "status": "Success",
        "progress": 100,
        "time_submitted": "2025-03-05T10:14:20.411Z",
        "time_started": "2025-03-05T10:14:20.000Z",
        "time_completed": "2025-03-05T10:14:50.411Z",
        "expiry": "2025-04-05T10:14:20.000Z",
    }


@pytest.mark.parametrize(
    ("status", "absent"),
    [
        ("Pending", {"duration", "time_started", "time_completed"}),
        ("Running", {"duration", "time_completed"}),
        ("Failed", {"duration"}),
        ("Cancelled", {"duration"}),
    ],
)
def test_a_row_leaves_out_what_there_is_not_yet(world, status, absent):
    every = {"time_submitted", "time_started", "time_completed", "duration", "expiry"}
    world.add_job(status=status)
    (row,) = read(get(world))["jobs"]
    assert every - row.keys() == absent
    assert not {"error", "result"} & row.keys()


def test_a_job_leaves_the_list_thirty_one_days_after_its_start(world):
    world.add_job(submitted_ago=0)
    world.clock.advance(31 * 24 * 3600 - 0.5)
    assert len(ids_on(get(world))) == 1
    world.clock.advance(0.1)
    assert ids_on(get(world)) == []
