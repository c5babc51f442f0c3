"""sync_jobs: the remote's list becomes rows; what stops it is said in a sentence."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediajobs.environment import Environment
from mediajobs.models import Credential, Discovery, Job
from mediajobs.services.sync import discover_new
from tests.management.running import environment, finished

pytestmark = pytest.mark.django_db


def sync(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("sync_jobs", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as error:
        sync(*arguments)
    return error.value.returncode, str(error.value)


def test_every_job_of_the_remote_is_in_the_table_afterwards(world):
    world.populate(250)
    said, progress = sync()
    assert said == "Jobs read: 250, of them new: 250.\n"
    assert "Jobs read: 100, of them new: 100 …" in progress
    assert set(Job.objects.values_list("remote_id", flat=True)) == set(world.jobs)


def test_a_second_run_reads_only_what_may_be_new(world):
    world.add_job(submitted_ago=60)
    world.add_job(submitted_ago=86_400)
    sync()
    assert sync()[0] == "Jobs read: 1, of them new: 0.\n"
    assert sync("--since", "2d")[0] == "Jobs read: 2, of them new: 0.\n"


def test_a_walk_that_is_at_work_elsewhere_is_left_alone_and_said(world):
    world.populate(250)
    walk = discover_new()
    next(walk)
    status, said = refused()
    assert status == 1
    assert said.startswith("The app of the settings: Another walk through the list is at work")
    assert said.endswith("Read and stored by then: 0.")


def test_a_walk_that_soon_ends_elsewhere_is_waited_for(world):
    world.add_job()
    soon = timezone.now() + timedelta(seconds=0.5)
    Discovery.objects.create(app="settings", lease_expires_at=soon)
    assert sync()[0] == "Jobs read: 1, of them new: 1.\n"


@pytest.fixture
def sports(db, panel_settings):
    """An app whose token the played API knows, beside that of the settings."""
    panel_settings.ENVIRONMENT = Environment({"DOLBYIO_SPORTS_API_TOKEN": "test-token"})
    return Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")


def test_an_app_that_cannot_be_read_keeps_nobody_from_the_others(world, sports, panel_settings):
    panel_settings.DOLBYIO_API_TOKEN = "another-token"
    world.add_job()
    status, said = refused()
    assert status == 1
    assert said.startswith("The app of the settings: ")
    assert "HTTP 401" in said
    assert "Sports" not in said
    assert said.endswith("Read and stored by then: 1.")
    assert Job.objects.get().credential == sports


def test_each_app_that_cannot_be_read_is_named(world, sports, panel_settings):
    panel_settings.DOLBYIO_API_TOKEN = "another-token"
    panel_settings.ENVIRONMENT = Environment({})
    said = refused()[1]
    assert "The app of the settings: " in said
    assert "App “Sports”: DOLBYIO_SPORTS_APP_KEY" in said


def test_the_jobs_of_one_app_are_read_alone(world, sports):
    world.add_job()
    sync("--app", "Sports")
    assert Job.objects.get().credential == sports
    assert refused("--app", "News") == (
        2,
        "There is no app 'News'. That of the settings is “settings”, the others: Sports.",
    )


def test_the_app_of_the_settings_is_read_alone_by_its_name(world, sports):
    world.add_job()
    assert sync("--app", "settings")[0] == "Jobs read: 1, of them new: 1.\n"
    assert Job.objects.get().credential is None


def test_settings_without_credentials_are_no_app_that_could_not_be_read(
    world, sports, panel_settings
):
    panel_settings.DOLBYIO_API_TOKEN = ""
    world.add_job()
    assert sync()[0] == "Jobs read: 1, of them new: 1.\n"
    assert Job.objects.get().credential == sports


def test_only_jobs_within_the_time_asked_for_are_read(world):
    young = world.add_job(submitted_ago=1800)
    world.add_job(submitted_ago=3 * 3600)
    assert sync("--since", "2h")[0] == "Jobs read: 1, of them new: 1.\n"
    assert Job.objects.get().remote_id == young


def test_a_machine_gets_one_object(world):
    world.populate(2)
    said, _ = sync("--json")
    assert json.loads(said) == {"read": 2, "new": 2}


def test_a_wrong_token_is_said_with_exit_status_1(panel_settings, world):
    panel_settings.DOLBYIO_API_TOKEN = "another-token"
    status, said = refused()
    assert status == 1
    assert "HTTP 401" in said
    assert said.endswith("Read and stored by then: 0.")


def test_what_was_read_before_the_remote_failed_stays_and_is_counted(world):
    world.populate(250)
    world.fault_next("slow", *["error"] * 3)
    status, said = refused()
    assert status == 1
    assert said.endswith("Read and stored by then: 100.")
    assert Job.objects.count() == 100


@pytest.mark.parametrize("since", ["2", "2y", "h", "", "-2h", "0h", "99999999d", "1h2d", "x" * 200])
def test_nonsense_as_a_length_of_time_is_refused(tmp_path, since):
    done = finished("sync_jobs", f"--since={since}", env=environment(tmp_path))
    assert done.returncode == 2
    assert "is no length of time. Write 2h, 30m or 1d12h." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_said_with_exit_status_2(tmp_path):
    done = finished("sync_jobs", env=environment(tmp_path))
    assert done.returncode == 2
    assert "Run “python manage.py migrate” first." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_said_with_exit_status_2(tmp_path):
    url = "postgres://nobody@127.0.0.1:9/nothing"
    done = finished("sync_jobs", env=environment(tmp_path, DATABASE_URL=url))
    assert done.returncode == 2
    assert "The database cannot be used: " in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_settings_are_said_with_exit_status_2(tmp_path):
    done = finished("sync_jobs", env=environment(tmp_path, SECRET_KEY="", DOLBYIO_APP_KEY="k"))
    assert done.returncode == 2
    assert "SECRET_KEY is not set." in done.stderr
    assert "DOLBYIO_APP_KEY is set, DOLBYIO_APP_SECRET is not." in done.stderr
    assert "Traceback" not in done.stderr
