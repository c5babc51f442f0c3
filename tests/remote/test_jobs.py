"""Reading the job list: pages, bounds, and rows of every quality."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from responses.matchers import query_param_matcher

from mediajobs.remote import EndpointMissing, Unreadable
from mediajobs.remote.trail import MOST_EMPTY_PAGES

JOBS = "https://api.media.test/media/jobs"


def rows(*ids):
    return [{"job_id": job_id, "status": "Running"} for job_id in ids]


def page(remote, *ids, token=None, asked=None):
    query = {"next_token": asked} if asked else {}
    body = {"count": len(ids), "jobs": rows(*ids)} | ({"next_token": token} if token else {})
    remote.get(JOBS, json=body, match=[query_param_matcher(query)])


def test_the_pages_are_followed_until_no_token_comes(client, remote):
    page(remote, "a", "b", token="b3BhcXVl/+=&?")
    page(remote, "c", token="next", asked="b3BhcXVl/+=&?")
    page(remote, "d", asked="next")
    assert [report.job_id for report in client.jobs()] == ["a", "b", "c", "d"]


def test_rows_come_page_by_page_and_no_page_is_read_ahead(client, remote):
    page(remote, "a", "b", token="next")
    reports = client.jobs()
    assert [next(reports).job_id, next(reports).job_id] == ["a", "b"]
    assert len(remote.calls) == 1


def test_nothing_is_asked_before_the_first_row_is_wanted(client, remote):
    client.jobs()
    assert not remote.calls


def test_the_list_comes_by_pages_too(client, remote):
    page(remote, "a", "b", token="next")
    page(remote, asked="next")
    assert [len(reports) for reports in client.job_pages()] == [2, 0]


@pytest.mark.parametrize("token", [None, "", 0, False, []])
def test_a_missing_or_empty_token_ends_the_list(client, remote, token):
    remote.get(JOBS, json={"jobs": rows("a"), "next_token": token})
    assert len(list(client.jobs())) == 1


@pytest.mark.parametrize("token", [7, True, ["x"], {"x": 1}])
def test_a_token_that_is_no_text_is_unreadable(client, remote, token):
    remote.get(JOBS, json={"jobs": rows("a"), "next_token": token})
    with pytest.raises(Unreadable):
        list(client.jobs())


def test_the_same_token_twice_ends_in_an_error_and_not_in_a_circle(client, remote):
    remote.get(JOBS, json={"jobs": rows("a"), "next_token": "again"})
    with pytest.raises(Unreadable, match="circle"):
        list(client.jobs())
    assert len(remote.calls) == 2


def test_a_circle_of_several_pages_is_seen_too(client, remote):
    for token in ("one", "two", "one"):
        remote.get(JOBS, json={"jobs": [], "next_token": token})
    with pytest.raises(Unreadable, match="circle"):
        list(client.jobs())


def test_the_same_page_under_ever_new_tokens_is_a_circle_too(client, remote):
    for token in ("one", "two"):
        remote.get(JOBS, json={"jobs": rows("a"), "next_token": token})
    with pytest.raises(Unreadable, match="circle"):
        list(client.jobs())


def test_two_pages_in_turn_under_ever_new_tokens_are_a_circle_too(client, remote):
    for place in range(10):
        remote.get(JOBS, json={"jobs": rows("ab"[place % 2]), "next_token": f"token-{place}"})
    with pytest.raises(Unreadable, match="circle"):
        list(client.jobs())
    assert len(remote.calls) == 3
    remote.reset()


def test_a_page_whose_rows_come_in_another_order_is_the_same_page(client, remote):
    remote.get(JOBS, json={"jobs": rows("a", "b"), "next_token": "one"})
    remote.get(JOBS, json={"jobs": rows("b", "a"), "next_token": "two"})
    with pytest.raises(Unreadable, match="circle"):
        list(client.jobs())
    assert len(remote.calls) == 2


def test_pages_that_share_some_rows_are_no_circle(client, remote):
    page(remote, "a", "b", token="one")
    page(remote, "b", "c", token="two", asked="one")
    page(remote, "c", "a", asked="two")
    assert len(list(client.jobs())) == 6


def test_many_pages_without_rows_are_passed_over(client, remote):
    for place in range(MOST_EMPTY_PAGES - 1):
        remote.get(JOBS, json={"jobs": [], "next_token": f"token-{place}"})
    remote.get(JOBS, json={"jobs": rows("a")})
    assert [report.job_id for report in client.jobs()] == ["a"]


def test_pages_without_rows_are_not_followed_for_ever(client, remote):
    remote.add_callback("GET", JOBS, lambda asked: (200, {}, an_empty_page(len(remote.calls))))
    with pytest.raises(Unreadable, match="on and on"):
        list(client.jobs())
    assert len(remote.calls) == MOST_EMPTY_PAGES + 1


def an_empty_page(number):
    assert number < 2 * MOST_EMPTY_PAGES
    return json.dumps({"jobs": [], "next_token": f"token-{number}"})


def test_rows_without_a_usable_id_are_left_out(client, remote):
    odd = [None, "row", 7, [], {}, {"job_id": None}, {"job_id": 7}, {"job_id": ""}]
    remote.get(JOBS, json={"jobs": [*rows("a"), *odd, *rows("b")]})
    assert [report.job_id for report in client.jobs()] == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"jobs": null}',
        '{"jobs": {}}',
        '{"jobs": [',
        "<html>",
        "x" * 70_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_a_list_of_jobs_is_unreadable(client, remote, body):
    remote.get(JOBS, body=body)
    with pytest.raises(Unreadable):
        list(client.jobs())


@pytest.mark.parametrize("body", ["", '{"title": "Not Found"}', '{"message": "Not Found"}'])
def test_a_missing_list_is_a_missing_address_and_never_a_missing_job(client, remote, body):
    remote.get(JOBS, status=404, body=body)
    with pytest.raises(EndpointMissing):
        list(client.jobs())


def test_a_full_page_of_100_rows_fits(client, remote):
    row = {
        "api_version": "v1.1.2",
        "path": "/media/analyze/speech",
        "status": "InternalError",
        "progress": 100,
        "duration": 12345.678,
        "time_submitted": "2025-03-05T10:15:20.411Z",
        "time_started": "2025-03-05T10:15:20.000Z",
        "time_completed": "2025-03-05T10:16:48.902Z",
        "expiry": "2025-04-05T10:15:20.000Z",
    }
    ids = [f"0f4c2b1e-7a35-4d0b-9c61-5e2f8a91{number:04}" for number in range(100)]
    remote.get(JOBS, json={"count": 100, "jobs": [row | {"job_id": name} for name in ids]})
    assert [report.job_id for report in client.jobs()] == ids


def test_bounds_and_status_are_sent_with_every_page(client, remote):
    after = datetime(2025, 3, 5, 10, 15, 20, tzinfo=UTC)
    for token in ("next", ""):
        remote.get(JOBS, json={"jobs": [], "next_token": token})
    list(client.jobs(status="Running", submitted_after=after, submitted_before=after))
    bounds = {
        "status": "Running",
        "submitted_after": "2025-03-05T10:15:20Z",
        "submitted_before": "2025-03-05T10:15:20Z",
    }
    assert remote.calls[0].request.params == bounds
    assert remote.calls[1].request.params == bounds | {"next_token": "next"}


def test_bounds_are_widened_to_whole_seconds_of_utc(client, remote):
    remote.get(JOBS, json={"jobs": []})
    moment = datetime(2025, 3, 5, 12, 15, 20, 411_000, timezone(timedelta(hours=2)))
    list(client.jobs(submitted_after=moment, submitted_before=moment))
    assert remote.calls[0].request.params == {
        "submitted_after": "2025-03-05T10:15:20Z",
        "submitted_before": "2025-03-05T10:15:21Z",
    }


@pytest.mark.parametrize(
    ("moment", "bound"),
    [
        (datetime.max.replace(tzinfo=UTC), "2200-01-01T00:00:00Z"),
        (datetime.min.replace(tzinfo=UTC), "2000-01-01T00:00:00Z"),
    ],
)
def test_bounds_that_no_job_can_have_are_brought_into_reach(client, remote, moment, bound):
    remote.get(JOBS, json={"jobs": []})
    list(client.jobs(submitted_after=moment, submitted_before=moment))
    assert set(remote.calls[0].request.params.values()) == {bound}


def test_a_bound_without_a_time_zone_is_refused_before_anything_is_sent(client):
    with pytest.raises(ValueError, match="time zone"):
        next(client.jobs(submitted_after=datetime(2025, 3, 5)))
