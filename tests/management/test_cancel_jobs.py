"""cancel_jobs: a choice of jobs becomes one cancellation, or a sentence and nothing at all."""

import io
import json
import signal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediajobs.management.commands.cancel_jobs import Command
from mediajobs.models import (
    AttemptState,
    AuditEvent,
    CancelAttempt,
    CancelBatch,
    Credential,
    Heartbeat,
    Job,
)
from mediajobs.services import cancel
from mediajobs.services.audit import Actor
from mediajobs.simulator import SimulatorServer
from mediajobs.simulator.scenarios import active
from tests.management.running import Started, environment, finished, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_remote(world):
    world.cancel_delay = 0.0
    return world


def run(*arguments, reason="Wrong input"):
    out, err = io.StringIO(), io.StringIO()
    call_command("cancel_jobs", *arguments, "--reason", reason, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def fails(*arguments, **options):
    with pytest.raises(CommandError) as error:
        run(*arguments, **options)
    return error.value.returncode, str(error.value)


def let_a_worker_live():
    Heartbeat.objects.create(name=Heartbeat.WORKER, beat_at=timezone.now())


def test_jobs_named_by_id_are_released_as_one_cancellation(make_job):
    jobs = [make_job(), make_job()]
    let_a_worker_live()
    said, complaint = run(*(job.remote_id for job in jobs), "--category", "duplicate")
    batch = CancelBatch.objects.get()
    assert said == f"Cancellation {batch.pk} of 2 jobs is released.\n"
    assert complaint == ""
    assert (batch.state, batch.reason, batch.reason_category) == (
        "running",
        "Wrong input",
        "duplicate",
    )
    assert (batch.selection, batch.channel) == ("2 by id", "command")
    assert batch.requested_by_name.startswith("shell:")
    assert set(batch.attempts.values_list("job", flat=True)) == {job.pk for job in jobs}


def test_without_a_worker_it_says_how_to_start_one(make_job):
    _, complaint = run(make_job().remote_id)
    assert complaint.startswith("No sign of life by way of clock, queue and worker")
    assert "“python manage.py serve”" in complaint


def test_a_job_named_twice_is_taken_once(make_job):
    job = make_job()
    said, _ = run(job.remote_id, job.remote_id)
    assert said.endswith(" of 1 job is released.\n")
    assert CancelBatch.objects.get().frozen_count == 1


def test_a_filter_takes_what_matches_all_of_it(make_job):
    wanted = make_job(path="/media/enhance")
    other_path, too_young, pending = (
        make_job(),
        make_job("/media/enhance"),
        make_job("/media/enhance", "Pending"),
    )
    old = timezone.now() - timezone.timedelta(hours=3)
    Job.objects.exclude(pk=too_young.pk).update(dated_at=old)
    filters = ["--status", "running", "--path", "/media/enhance", "--older-than", "1h30m"]
    run(*filters)
    batch = CancelBatch.objects.get()
    assert [attempt.job for attempt in batch.attempts.all()] == [wanted]
    assert batch.selection == "status Running, API /media/enhance, older than 1h30m"
    assert {other_path, pending} <= set(Job.objects.exclude(attempts__batch=batch))


def test_a_filter_that_matches_nothing_does_nothing_and_is_no_error(make_job):
    make_job()
    said, _ = run("--status", "pending")
    assert said == "No job matches (status Pending).\n"
    assert not CancelBatch.objects.exists()


def test_a_dry_run_tells_what_would_happen_and_leaves_no_trace(make_job, world):
    known = [make_job(), make_job(status="Success"), make_job()]
    elsewhere = cancel.draft(
        Job.objects.filter(pk=known[2].pk), by=Actor.from_shell("x"), selection="x"
    )
    elsewhere.attempts.update(state=AttemptState.REQUESTED)
    events = AuditEvent.objects.count()
    ids = [job.remote_id for job in known]
    said, _ = run(*ids, "--dry-run")
    assert said.splitlines() == [
        "Of 3 jobs (3 by id); nothing was requested:",
        "        1  Cancellation will be requested",
        "        1  Already finished: left alone",
        "        1  Already requested by another cancellation: not asked twice",
    ]
    found = json.loads(run(*ids, "--dry-run", "--json")[0])
    assert {item["job_id"]: item["prospect"] for item in found["items"]} == dict(
        zip(ids, ["request", "already_final", "joined"], strict=True)
    )
    assert found["jobs"] == 3
    assert found["counts"]["request"] == 1
    assert CancelBatch.objects.get() == elsewhere
    assert AuditEvent.objects.count() == events
    assert not world.journal.cancels


def test_a_dry_run_refuses_what_the_deed_would(make_job):
    status, said = fails(make_job().remote_id, "--dry-run", reason=" ")
    assert status == 2
    assert "Write why" in said


def test_waiting_without_a_worker_does_the_work_itself(make_job, world):
    jobs = [make_job() for _ in range(3)]
    said, progress = run("--status", "running", "--wait")
    batch = CancelBatch.objects.get()
    assert said == f"Cancellation {batch.pk} is finished: 3 cancelled.\n"
    assert f"Cancellation {batch.pk} is running: 3 queued" in progress
    assert [world.cancels(job.remote_id) for job in jobs] == [1, 1, 1]


def test_a_machine_that_waits_gets_every_item(make_job):
    gone, final = make_job(), make_job(status="Failed")
    found = json.loads(run(gone.remote_id, final.remote_id, "--wait", "--json")[0])
    assert (found["state"], found["jobs"]) == ("finished", 2)
    assert found["counts"]["cancelled"] == found["counts"]["already_final"] == 1
    items = {item["job_id"]: item for item in found["items"]}
    assert items[gone.remote_id]["state"] == "cancelled"
    assert items[gone.remote_id]["remote_status"] == 200
    assert items[final.remote_id]["state"] == "already_final"


def test_a_machine_that_does_not_wait_gets_the_number_and_the_counts(make_job):
    found = json.loads(run(make_job().remote_id, "--json")[0])
    assert found["batch"] == CancelBatch.objects.get().pk
    assert found["counts"]["queued"] == found["jobs"] == 1


def test_items_that_ended_badly_are_named_with_exit_status_1(make_job, world):
    good, bad = make_job(), make_job()
    world.fault_next("refuse")
    out, err = io.StringIO(), io.StringIO()
    arguments = [bad.remote_id, good.remote_id, "--wait", "--reason", "x"]
    with pytest.raises(CommandError) as error:
        call_command("cancel_jobs", *arguments, stdout=out, stderr=err)
    assert error.value.returncode == 1
    assert str(error.value) == "1 of 2 ended badly."
    refused = CancelAttempt.objects.get(state=AttemptState.REFUSED)
    assert refused.detail
    assert f"{refused.remote_id}  Refused: {refused.detail}\n" in err.getvalue()


def test_a_cancellation_that_somebody_aborted_ends_with_exit_status_1(make_job):
    run(make_job().remote_id)
    batch = CancelBatch.objects.get()
    cancel.abort(batch, by=Actor.from_shell("tester"))
    command = Command(stdout=io.StringIO(), stderr=io.StringIO())
    command.is_for_machines = True
    with pytest.raises(CommandError) as error:
        command.complain(batch)
    assert (error.value.returncode, str(error.value)) == (1, "1 of 1 ended badly.")


def test_waiting_ends_when_only_a_person_can_make_it_go_on(make_job, panel_settings):
    panel_settings.DOLBYIO_API_TOKEN = "another-token"
    status, said = fails(make_job().remote_id, "--wait")
    assert status == 1
    assert said.startswith("Paused: ")
    assert said.endswith("It goes on when somebody resumes it.")


def test_the_jobs_of_the_settings_app_are_chosen_by_its_name(make_job):
    ours, theirs = make_job(), make_job()
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    Job.objects.filter(pk=theirs.pk).update(credential=sports)
    run("--status", "running", "--app", "settings")
    assert [attempt.job for attempt in CancelBatch.objects.get().attempts.all()] == [ours]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Give job ids, or --status."),
        (["--app", "Sports"], "narrow a choice: give --status too."),
        (
            ["--status", "running", "--app", "Sports"],
            "no app 'Sports'. That of the settings is “settings”, the others: none so far.",
        ),
        (["--path", "/media/transcode"], "narrow a choice: give --status too."),
        (["--older-than", "2h"], "narrow a choice: give --status too."),
        (["12345678-known", "--status", "running"], "not both."),
        (["12345678-known", "--path", "/media/transcode"], "not both."),
        (["short"], "Not job ids: 'short'. Write them whole; nothing was requested."),
        (["../../etc/passwd", "' OR 1=1"], "Not job ids: '../../etc/passwd', \"' OR 1=1\"."),
        (["12345678-unknown"], "The panel knows no such jobs: '12345678-unknown'."),
        ([f"12345678-{each}" for each in range(13)], "and 3 more. Nothing was requested."),
        ([f"12345678-{each}" for each in range(10_001)], "10,001 ids are more than one call"),
    ],
)
def test_a_wrong_choice_is_said_and_nothing_is_drafted(make_job, arguments, sentence):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(remote_id="12345678-known")
    status, said = fails(*arguments)
    assert status == 2
    assert sentence in said
    assert not CancelBatch.objects.exists()


def test_one_unknown_id_among_known_ones_stops_all(make_job):
    status, said = fails(make_job().remote_id, "12345678-unknown")
    assert status == 2
    assert said.startswith("The panel knows no such jobs: '12345678-unknown'.")
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "\u200b", "x" * 100_000])
def test_a_reason_that_will_not_do_leaves_nothing_behind(make_job, reason):
    status, said = fails(make_job().remote_id, reason=reason)
    assert status == 2
    assert said.endswith("Nothing was requested.")
    assert not CancelBatch.objects.exists()
    assert not AuditEvent.objects.exists()


def test_more_jobs_than_one_cancellation_may_hold_are_refused(make_job, panel_settings):
    panel_settings.CANCEL_MAX_BATCH = 1
    make_job(), make_job()
    status, said = fails("--status", "running")
    assert status == 2
    assert "2 jobs are more than one cancellation may hold (1)" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["12345678-abc"], "the following arguments are required: --reason"),
        (["--status", "success", "--reason", "x"], "invalid choice: 'success'"),
        (["--status", "running", "--older-than", "2x", "--reason", "x"], "'2x' is no length"),
        (["--status", "running", "--path", "transcode", "--reason", "x"], "is no path that jobs"),
        (["--category", "fun", "12345678-abc", "--reason", "x"], "invalid choice: 'fun'"),
    ],
)
def test_wrong_arguments_get_usage_and_exit_status_2(tmp_path, arguments, sentence):
    done = finished("cancel_jobs", *arguments, env=environment(tmp_path))
    assert done.returncode == 2
    assert "usage: manage.py cancel_jobs" in done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unmigrated_database_is_said_with_exit_status_2(tmp_path):
    arguments = ["--status", "running", "--reason", "x"]
    done = finished("cancel_jobs", *arguments, env=environment(tmp_path))
    assert done.returncode == 2
    assert "Run “python manage.py migrate” first." in done.stderr


def test_ctrl_c_ends_the_waiting_and_says_what_becomes_of_the_cancellation(tmp_path):
    world = active(count=3)
    world.cancel_delay = 3600.0
    with SimulatorServer(world) as remote:
        env = environment(tmp_path, DOLBYIO_API_URL=remote.url)
        finished("migrate", "-v0", env=env)
        finished("sync_jobs", env=env)
        arguments = ["--status", "running", "--reason", "x", "--wait"]
        waiting = Started(tmp_path / "said", "cancel_jobs", *arguments, env=env)
        wait_until(lambda: sum(world.journal.cancels.values()) == 2)
        waiting.process.send_signal(signal.SIGINT)
        assert waiting.process.wait(30) == 130
    words = "Stopped waiting. Cancellation 1 goes on if a worker does. No sign of life"
    assert words in waiting.said
    assert "To send nothing more, open it in the panel and abort it." in waiting.said
    assert "Traceback" not in waiting.said
