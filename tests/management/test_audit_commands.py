"""audit_key, audit_verify, audit_export and audit_prune: what they print and how they end."""

import io
import json
import stat
from base64 import b64decode
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from mediajobs import guard
from mediajobs.management.account import account
from mediajobs.models import AuditEvent
from mediajobs.services import audit
from mediajobs.services.audit import keys, verify_export
from tests.management.running import environment, finished
from tests.trail import write


def run(*arguments):
    """Return what a command prints and its exit status."""
    out = io.StringIO()
    try:
        call_command(*arguments, stdout=out)
    except CommandError as error:
        return str(error), error.returncode
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


def test_a_new_key_is_printed_with_its_public_half(settings):
    said, status = run("audit_key")
    secret, public = said.splitlines()
    settings.AUDIT_SIGNING_KEY = b64decode(secret.removeprefix("AUDIT_SIGNING_KEY="))
    assert status == 0
    assert public == f"# Its public key, to check by: {keys.public_half(keys.signing_key())}"
    assert run("audit_key")[0] != said


def test_a_new_key_goes_into_a_file_for_its_owner_alone(tmp_path, settings):
    file = tmp_path / "key"
    said, _ = run("audit_key", "--file", str(file))
    assert said.startswith(f"AUDIT_SIGNING_KEY_FILE={file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings.AUDIT_SIGNING_KEY = b64decode(file.read_text())
    assert keys.public_half(keys.signing_key()) in said
    assert file.read_text().strip() not in said


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    file = tmp_path / "key"
    file.write_text("a key")
    said, status = run("audit_key", "--file", str(file))
    assert (status, "is there already" in said) == (2, True)
    assert file.read_text() == "a key"


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    said, status = run("audit_key", "--file", str(tmp_path / "none" / "key"))
    assert (status, "cannot be written" in said) == (2, True)


def test_a_sound_trail_ends_with_0(trail):
    said, status = run("audit_verify")
    assert status == 0
    assert said == (
        "The trail is sound.\n5 events looked at, up to link 5; 2 checkpoints, 2 of them signed; "
        "0 events not sealed yet.\n"
    )


def test_who_verified_the_trail_and_what_came_of_it_is_on_record(trail):
    run("audit_verify")
    event = audit.last_verified()
    told = (event.kind, event.actor, event.channel, event.outcome)
    assert told == ("trail.verified", f"shell:{account()}", "command", "sound")


def test_a_verification_need_not_be_recorded(trail):
    assert run("audit_verify", "--no-record")[1] == 0
    assert audit.last_verified() is None


def test_a_verification_that_cannot_be_recorded_says_so_and_stands(trail):
    def refuse(execute, sql, *rest):
        if sql.startswith("INSERT"):
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, *rest)

    complaints = io.StringIO()
    with connection.execute_wrapper(refuse):
        call_command("audit_verify", stdout=io.StringIO(), stderr=complaints)
    assert complaints.getvalue() == (
        "That the trail was verified could not be recorded: attempt to write a readonly database\n"
    )


def test_a_trail_that_was_tampered_with_ends_with_1_and_names_the_row(trail):
    event = AuditEvent.objects.order_by("pk")[1]
    write(event, reason="\x1b[31mnicer")
    said, status = run("audit_verify")
    assert status == 1
    head, problem, _ = said.splitlines()
    assert head == "The trail was TAMPERED with."
    assert problem == f"- Event {event.pk} (link 2): reason not as in its sealed text."


def test_a_trail_that_lags_ends_with_2(db):
    old = timezone.now() - timezone.timedelta(minutes=5)
    AuditEvent.objects.append([audit.event("job.edited", audit.ENGINE, at=old)])
    said, status = run("audit_verify")
    assert status == 2
    assert said.startswith("What is sealed is sound, but sealing lags behind.\n- 1 events wait")


def test_what_waited_long_for_its_checkpoint_is_told_and_ends_with_0(db):
    at = timezone.now() - timedelta(minutes=12)
    AuditEvent.objects.append([audit.event("job.edited", audit.ENGINE, at=at)])
    audit.checkpoint("a test")
    said, status = run("audit_verify")
    assert (status, "waited up to 12 min" in said) == (0, True)
    assert "waited up to 12 min" in json.loads(run("audit_verify", "--json")[0])["remarks"][0]


def test_what_cannot_be_checked_ends_with_3(trail, settings, tmp_path):
    assert run("audit_verify", "--since", "99")[1] == 3
    (tmp_path / "other").write_text("nonsense\n")
    assert run("audit_verify", "--export", str(tmp_path / "other"))[1] == 3
    settings.AUDIT_SIGNING_KEY = b""
    assert run("audit_verify")[1] == 3


@pytest.mark.parametrize("words", [["--sinse", "4"], ["--since", "x"], ["--export"]])
def test_wrong_use_ends_with_3_and_says_what_is_wrong(trail, capsys, words):
    assert run("audit_verify", *words)[1] == 3
    assert "Nothing was checked: " in capsys.readouterr().err
    assert audit.last_verified() is None


def test_wrong_use_from_a_shell_ends_with_3(tmp_path):
    done = finished("audit_verify", "--sinse", "4", env=environment(tmp_path))
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "Nothing was checked: unrecognized arguments: --sinse" in done.stderr


@pytest.mark.parametrize("option", ["--anchor", "--export"])
def test_a_copy_that_cannot_be_reached_ends_with_3(trail, tmp_path, option):
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "none", tmp_path / "file" / "below"):
        said, status = run("audit_verify", option, str(place))
        assert (status, str(place) in said) == (3, True)


def test_a_check_that_breaks_off_for_another_reason_ends_with_3_and_says_it(trail):
    def refuse(*_):
        raise ArithmeticError("out of order")

    with connection.execute_wrapper(refuse):
        said, status = run("audit_verify")
    assert (status, said) == (3, "The check itself broke off. ArithmeticError: out of order")


def test_a_database_that_cannot_be_read_ends_with_3(tmp_path):
    env = environment(tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:9/none")
    done = finished("audit_verify", env=env)
    assert done.returncode == 3
    assert "The database cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_are_wrong_end_with_3(settings):
    settings.ENVIRONMENT_PROBLEMS = ["AUDIT_SIGNING_KEY is not 32 bytes in base64."]
    said, status = run("audit_verify")
    assert (status, "AUDIT_SIGNING_KEY" in said) == (3, True)


def test_a_report_for_machines_is_one_object(trail):
    write(AuditEvent.objects.order_by("pk")[1], reason="nicer")
    said, status = run("audit_verify", "--json")
    facts = json.loads(said)
    assert (facts["verdict"], status) == ("tampered", 1)
    assert facts["problems"][0]["kind"] == "tampered"
    assert facts["checkpoint_count"] == 2


def test_a_part_is_verified_from_a_link_on(trail):
    assert run("audit_verify", "--since", "4")[0].startswith("The trail is sound.\n1 events")


def test_an_export_is_written_checked_and_compared(trail, tmp_path):
    file = tmp_path / "export.jsonl"
    said, status = run("audit_export", str(file))
    assert status == 0
    assert f"Written to {file}." in said
    event = AuditEvent.objects.get(kind="trail.exported")
    end = json.loads(file.read_text().splitlines()[-1])
    assert event.actor == f"shell:{account()}"
    assert event.detail == (
        f"Written to {file}: 5 events and 3 checkpoints, closing digest {end['digest']}."
    )
    assert "verify_export.py" in said
    assert verify_export.main([str(file)])[0] == 0
    assert run("audit_verify", "--export", str(file))[1] == 0
    file.write_text(file.read_text().replace("job-00002", "job-00007"))
    said, status = run("audit_verify", "--export", str(file))
    assert status == 1
    assert "its text does not match its digest" in said


def test_an_export_of_what_was_recorded_a_moment_ago_has_it(trail, tmp_path):
    audit.record("job.edited", audit.ENGINE, job_id="job-00009")
    run("audit_export", str(tmp_path / "export"))
    assert "job-00009" in (tmp_path / "export").read_text()


def test_an_export_without_the_key_of_a_signed_trail_makes_no_checkpoint_and_says_so(
    trail, settings, tmp_path
):
    settings.AUDIT_SIGNING_KEY = b""
    audit.record("job.edited", audit.ENGINE, job_id="job-00009")
    said, status = run("audit_export", str(tmp_path / "export"))
    assert (status, "It has no checkpoint of its own" in said) == (0, True)
    assert "job-00009" in (tmp_path / "export").read_text()


def test_an_export_from_before_shows_what_was_changed_since(trail, tmp_path):
    file = tmp_path / "export.jsonl"
    run("audit_export", str(file))
    guard.remove()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {guard.LINKS} SET chain = 'x' WHERE seq = 4")
    guard.create()
    said, _ = run("audit_verify", "--export", str(file))
    assert f"Event {AuditEvent.objects.order_by('pk')[3].pk} (link 4) of the export {file}" in said


def test_an_export_overwrites_no_file(trail, tmp_path):
    (tmp_path / "export").write_text("kept")
    said, status = run("audit_export", str(tmp_path / "export"))
    assert (status, "is there already" in said) == (2, True)
    assert (tmp_path / "export").read_text() == "kept"
    assert run("audit_export", str(tmp_path / "none" / "export"))[1] == 2


def test_it_is_told_how_many_old_events_were_removed(trail, tmp_path):
    file = str(tmp_path / "export.jsonl")
    run("audit_export", file)
    done = run("audit_prune", "--before", "2001-01-01", "--export", file)
    assert done == ("Events removed: 0.\n", 0)


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "31.01.2026", ""])
def test_what_is_no_day_is_refused(trail, tmp_path, day):
    said, status = run("audit_prune", "--before", day, "--export", "none")
    assert (status, "is no day" in said) == (2, True)


def test_young_events_are_not_removed(trail, tmp_path):
    said, status = run("audit_prune", "--before", "2999-01-01", "--export", "none")
    assert (status, said.startswith("Events are kept for 400 days")) == (2, True)


def test_a_command_that_writes_refuses_an_unguarded_trail_and_says_how_to_mend_it(db):
    guard.remove(guard.LINKS)
    said, status = run("sync_jobs")
    assert status == 2
    assert "manage.py migrate" in said
