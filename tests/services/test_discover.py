"""Finding jobs: nothing typed in, nothing missed, nothing read twice without need."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs.models import Discovery, Heartbeat, Job
from mediajobs.remote import MediaError
from mediajobs.services import sync
from mediajobs.simulator.world import World
from tests.conftest import AUTH_URL
from tests.running import wait_until
from tests.simulated import serve_through_responses

pytestmark = pytest.mark.django_db
DAY = 86_400


def discover():
    """Walk once; return the last state."""
    return list(sync.discover_new())[-1]


def a_minute_goes_by():
    """Let the last walk have begun a minute earlier."""
    Discovery.objects.update(begun_at=timezone.now() - timedelta(minutes=1))


def known():
    return set(Job.objects.values_list("remote_id", flat=True))


def calls(world):
    return len(world.journal)


def test_the_first_walk_goes_back_through_all_that_the_remote_keeps(world):
    for days in (0.1, 10, 30.9):
        world.add_job(submitted_ago=days * DAY)
    state = discover()
    assert known() == set(world.jobs)
    assert (state.job_count, state.new_count, state.problem) == (3, 3, "")
    assert not state.is_at_work


def test_later_walks_read_only_what_is_new(world):
    for place in range(250):
        world.add_job(submitted_ago=DAY + 60 * place)
    discover()
    world.add_job(submitted_ago=0)
    before = calls(world)
    state = discover()
    assert calls(world) - before == 1
    assert state.new_count == 1
    assert known() == set(world.jobs)


def test_a_job_that_came_into_the_list_late_is_found_within_the_overlap(world):
    world.add_job(submitted_ago=60)
    discover()
    world.add_job(submitted_ago=300)
    a_minute_goes_by()
    discover()
    assert known() == set(world.jobs)


def test_of_the_walks_within_a_minute_only_the_first_looks_far_back(world):
    for place in range(300):
        world.add_job(submitted_ago=60 + place)
    wait_until(lambda: timezone.now().second < 58, 5)
    discover()
    before = calls(world)
    discover()
    assert calls(world) - before == 1
    a_minute_goes_by()
    discover()
    assert calls(world) - before == 1 + 3


def test_a_clock_that_goes_ahead_of_the_remote_s_misses_nothing(world):
    """The window moves by the remote's own times: ours may be an hour off."""
    world.add_job(submitted_ago=3600)
    discover()
    world.add_job(submitted_ago=3000)
    discover()
    assert known() == set(world.jobs)


def test_a_time_that_lies_far_ahead_does_not_move_the_window(world):
    world.add_job(submitted_ago=60)
    world.add_job(submitted_ago=-30 * DAY)
    discover()
    world.add_job(submitted_ago=30)
    discover()
    assert known() == set(world.jobs)


def test_a_time_that_lies_ahead_by_less_than_an_hour_hides_nothing_for_longer_than_a_minute(world):
    world.add_job(submitted_ago=60)
    world.add_job(submitted_ago=-3500)
    discover()
    world.add_job(submitted_ago=0)
    a_minute_goes_by()
    discover()
    assert known() == set(world.jobs)


def test_a_time_that_lies_ahead_hides_nothing_that_came_while_nobody_looked(world):
    world.add_job(submitted_ago=60)
    world.add_job(submitted_ago=-3000)
    discover()
    half_an_hour_ago = timezone.now() - timedelta(minutes=30)
    Discovery.objects.update(begun_at=half_an_hour_ago, ended_at=half_an_hour_ago)
    world.add_job(submitted_ago=1200)
    discover()
    assert known() == set(world.jobs)


def test_a_walk_that_failed_has_not_looked_far_back_for_the_rest_of_its_minute(world):
    world.add_job(submitted_ago=60)
    wait_until(lambda: timezone.now().second < 55, 10)
    discover()
    world.add_job(submitted_ago=300)
    a_minute_goes_by()
    world.fault_next(*["jobs.error"] * 3)
    with pytest.raises(MediaError):
        discover()
    discover()
    assert known() == set(world.jobs)


def test_a_remote_whose_clock_goes_before_ours_is_not_read_all_over_again(world):
    for place in range(250):
        world.add_job(submitted_ago=5 * place - 1800)
    discover()
    before = calls(world)
    discover()
    assert calls(world) - before == 1


def test_a_window_that_lies_far_ahead_is_begun_anew(world):
    world.add_job(submitted_ago=60)
    Discovery.objects.create(app="settings", newest_at=timezone.now() + timedelta(days=30))
    discover()
    assert known() == set(world.jobs)


def test_the_next_page_is_fetched_while_one_is_stored_and_no_more_than_that(world):
    for place in range(450):
        world.add_job(submitted_ago=60 * place)
    walk = sync.discover_new()
    for stored_pages in (1, 2):
        next(walk)
        wait_until(lambda: calls(world) > stored_pages, 5)  # noqa: B023 -- called at once
        assert (len(known()), calls(world)) == (100 * stored_pages, stored_pages + 1)
    list(walk)
    assert (len(known()), calls(world)) == (450, 5)


def test_how_far_it_has_come_is_told_by_time(world):
    for days in (1, 15.5, 30):
        for _ in range(100):
            world.add_job(submitted_ago=days * DAY)
    percents = [state.percent for state in sync.discover_new()]
    assert percents == pytest.approx([3, 50, 97], abs=2)


def beat_of_remote():
    return Heartbeat.objects.filter(name="remote").first()


def test_the_remote_is_called_well_only_when_it_was_asked(world):
    assert sync.refresh_many([]) == set()
    assert beat_of_remote() is None
    sync.look_for_new()
    assert beat_of_remote().failing_since is None
    world.faults = {"error": 1.0}
    sync.look_for_new()
    sync.refresh_many([])
    sync.refresh_active()
    assert beat_of_remote().failing_since is not None


def test_another_api_s_list_is_read_from_its_beginning(world, network, panel_settings):
    world.add_job(submitted_ago=60)
    discover()
    other = World(seed=2, token="test-token")
    serve_through_responses(network, other, "https://other.test", AUTH_URL)
    other.add_job(submitted_ago=20 * DAY)
    panel_settings.DOLBYIO_API_URL = "https://other.test"
    discover()
    assert known() == set(world.jobs) | set(other.jobs)


def test_credentials_that_were_gone_for_a_while_begin_nothing_anew(world, panel_settings):
    for place in range(250):
        world.add_job(submitted_ago=DAY + 60 * place)
    discover()
    panel_settings.DOLBYIO_API_TOKEN = ""
    with pytest.raises(MediaError):
        discover()
    panel_settings.DOLBYIO_API_TOKEN = "test-token"
    before = calls(world)
    discover()
    assert calls(world) - before == 1
