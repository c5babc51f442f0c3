"""The simulated API as a whole: status, cancel, the journal, and jobs that keep arriving."""

import pytest

from mediajobs.simulator import World
from mediajobs.simulator.journal import MOST_ENTRIES, Entry, Journal
from tests.simulated import Clock
from tests.simulator.asking import CANCEL, cancel, get, ids_on, read


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(clock=clock)


def test_a_running_job_tells_path_status_and_progress_only(world):
    job_id = world.add_job("/media/enhance")
    body = read(get(world, "/media/enhance", job_id=job_id))
    assert body.keys() == {"path", "status", "progress"}
    assert (body["path"], body["status"]) == ("/media/enhance", "Running")


def test_a_success_tells_its_version_and_result(world):
    body = read(get(world, "/media/transcode", job_id=world.add_job(status="Success")))
    assert body.keys() == {"path", "status", "progress", "api_version", "result"}


@pytest.mark.parametrize("status", ["Failed", "InternalError"])
def test_a_failure_tells_its_reason(world, status):
    body = read(get(world, "/media/transcode", job_id=world.add_job(status=status)))
    assert body["error"].keys() == {"type", "title", "detail"}
    assert "result" not in body


@pytest.mark.parametrize(
    ("path", "job_id", "status"),
    [
        ("/media/enhance", "known", 404),
        ("/media/transcode", "unknown", 404),
        ("/media/transcode", "", 400),
        ("/media/transcode", " ", 400),
    ],
)
def test_a_wrong_path_or_id_gets_problem_details(world, path, job_id, status):
    world.add_job("/media/transcode", job_id="known")
    reply = get(world, path, job_id=job_id)
    assert reply.status == status
    assert read(reply).keys() == {"type", "title", "status", "instance", "detail"}
    assert (read(reply)["status"], read(reply)["instance"]) == (status, path)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/media/noise"), ("GET", CANCEL), ("DELETE", "/media/jobs")]
)
def test_what_does_not_exist_is_answered_by_the_gateway(world, method, path):
    reply = world.handle(method, path, {}, {}, b"")
    assert (reply.status, read(reply)) == (404, {"message": "Not Found"})


def test_a_cancel_is_accepted_first_and_happens_later(world, clock):
    job_id = world.add_job()
    reply = cancel(world, job_id)
    assert (reply.status, read(reply)["status"]) == (200, 200)
    assert read(reply).keys() == {"status", "title", "detail"}
    clock.advance(0.49)
    assert world.job(job_id).status == "Running"
    clock.advance(1.6)
    assert world.job(job_id).status == "Cancelled"


def test_the_delay_of_a_cancel_can_be_set(world, clock):
    world.cancel_delay = 30
    job_id = world.add_job()
    cancel(world, job_id)
    clock.advance(29)
    assert world.job(job_id).status == "Running"
    clock.advance(1)
    assert world.job(job_id).status == "Cancelled"


def test_a_pending_job_can_be_cancelled_and_never_runs(world, clock):
    world.cancel_delay = 1
    job_id = world.add_job(status="Pending", seconds_left=100)
    cancel(world, job_id)
    clock.advance(50)
    assert world.job(job_id).status == "Cancelled"


def test_a_job_that_ends_before_the_cancel_takes_hold_keeps_its_own_end(world, clock):
    world.cancel_delay = 10
    job_id = world.add_job(seconds_left=5)
    assert cancel(world, job_id).status == 200
    clock.advance(20)
    assert world.job(job_id).status == "Success"


def test_a_second_cancel_is_accepted_again_and_postpones_nothing(world, clock):
    world.cancel_delay = 10
    job_id = world.add_job()
    cancel(world, job_id)
    clock.advance(9)
    assert cancel(world, job_id).status == 200
    clock.advance(1)
    assert world.job(job_id).status == "Cancelled"
    assert world.job(job_id).cancel_requested_at == clock() - 10
    assert world.cancels(job_id) == 2


def test_a_second_cancel_can_be_set_to_be_refused(world):
    world.repeated_cancel_status = 400
    job_id = world.add_job()
    assert [cancel(world, job_id).status for _ in range(2)] == [200, 400]


@pytest.mark.parametrize("status", [409, 400, 404, 200])
def test_the_cancel_of_a_finished_job_is_answered_as_set_and_changes_nothing(world, status):
    job_id = world.add_job(status="Failed")
    assert cancel(world, job_id).status == 409
    world.finished_cancel_status = status
    assert cancel(world, job_id).status == status
    assert world.job(job_id).status == "Failed"


@pytest.mark.parametrize(("job_id", "status"), [("unknown", 404), ("", 400)])
def test_a_cancel_of_nothing_is_refused(world, job_id, status):
    reply = cancel(world, job_id)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 200), (b"{}", 200), (b"{", 400), (b"\xff", 400)]
)
def test_the_body_of_a_cancel_may_be_empty_or_json(world, body, status):
    assert cancel(world, world.add_job(), body).status == status


def test_after_thirty_one_days_a_job_is_unknown_everywhere(world, clock):
    job_id = world.add_job("/media/transcode")
    clock.advance(31 * 24 * 3600)
    assert get(world, "/media/transcode", job_id=job_id).status == 404
    assert cancel(world, job_id).status == 404


def test_the_journal_keeps_every_request_with_its_answer(world, clock):
    job_id = world.add_job()
    get(world, "/media/transcode", job_id=job_id)
    clock.advance(5)
    world.fault_next("cancel.throttle")
    cancel(world, job_id)
    assert world.journal == [
        (clock() - 5, "GET", "/media/transcode", job_id, 200, "", 0.0),
        (clock(), "POST", CANCEL, job_id, 429, "throttle", 0.0),
    ]


def test_cancels_counts_cancel_requests_only(world):
    job_id, other = world.add_job(), world.add_job()
    get(world, "/media/transcode", job_id=job_id)
    cancel(world, job_id)
    assert (world.cancels(job_id), world.cancels(other)) == (1, 0)


def test_a_very_long_journal_forgets_its_older_half():
    journal = Journal()
    for place in range(MOST_ENTRIES + 1):
        journal.note(Entry(float(place), "GET", "/media/jobs", "", 200, ""), is_cancel=False)
    assert len(journal) == MOST_ENTRIES // 2 + 1
    assert journal[-1].at == MOST_ENTRIES


def test_latency_is_told_and_not_waited(clock):
    world = World(clock=clock, latency=30)
    assert get(world).delay == 30


def test_new_jobs_arrive_one_by_one_until_the_bound_is_reached(world, clock):
    start = clock()
    world.grow(every=20, most=3)
    clock.advance(39)
    assert len(ids_on(get(world))) == 1
    clock.advance(3600)
    get(world)
    assert [job.submitted_second for job in world.jobs.values()] == [
        start + 20,
        start + 40,
        start + 60,
    ]


def test_populate_knows_all_paths_and_statuses_and_keeps_the_share_of_active_jobs(world):
    world.populate(1000, active=0.4)
    statuses = [job.status for job in world.jobs.values()]
    assert statuses.count("Running") + statuses.count("Pending") == 400
    assert set(statuses) == {
        "Pending",
        "Running",
        "Success",
        "Failed",
        "Cancelled",
        "InternalError",
    }
    assert len({job.path for job in world.jobs.values()}) == 8
