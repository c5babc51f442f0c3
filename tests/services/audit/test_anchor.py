"""Checkpoints leave the machine: each arrives, in order, also when a place was out of reach."""

import json
import socket

import pytest
import responses

from mediajobs import guard, health
from mediajobs.models import AuditAnchor, AuditEvent
from mediajobs.services import audit
from mediajobs.services.audit import anchor
from mediajobs.services.audit.verify_copies import copy_of
from tests.trail import meddle

pytestmark = pytest.mark.django_db
URL = "https://anchor.test/checkpoints"


@pytest.fixture
def file(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    return tmp_path / "anchors"


@pytest.fixture
def log(caplog):
    """What the panel writes into its log, which does not go up to the root."""
    return caplog


def numbers_in(file):
    return [json.loads(line)["number"] for line in file.read_text().splitlines()]


def posted(network):
    return [json.loads(call.request.body)["number"] for call in network.calls]


def test_each_checkpoint_is_appended_to_the_file(file):
    made = [audit.checkpoint("a test") for _ in range(2)]
    assert file.read_text() == "".join(each.line() for each in made)


def test_each_checkpoint_is_posted_to_the_address(settings, network):
    settings.AUDIT_ANCHOR_URL = URL
    network.post(URL)
    made = audit.checkpoint("a test")
    (call,) = network.calls
    assert call.request.body == made.line().encode()
    assert call.request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "trouble", [{"status": 500}, {"status": 302}, {"body": responses.ConnectionError("away")}]
)
def test_what_did_not_arrive_is_logged_and_posted_with_the_next(settings, network, caplog, trouble):
    settings.AUDIT_ANCHOR_URL = URL
    failing = network.post(URL, **trouble)
    audit.checkpoint("a test")
    assert "Checkpoint 1 did not reach URL:" in caplog.text
    assert "Checkpoint 1 did not reach" in AuditAnchor.objects.get().problem
    network.remove(failing)
    network.calls.reset()
    network.post(URL)
    audit.checkpoint("a test")
    assert posted(network) == [1, 2]
    assert (AuditAnchor.objects.get().number, AuditAnchor.objects.get().problem) == (2, "")


def test_none_is_left_out_that_did_not_arrive(settings, network):
    settings.AUDIT_ANCHOR_URL = URL
    for status in (500, 500, 200, 200, 200):
        network.post(URL, status=status)
    for _ in range(3):
        audit.checkpoint("a test")
    assert posted(network) == [1, 1, 1, 2, 3]


def test_one_place_that_is_out_of_reach_keeps_nothing_from_the_other(settings, network, file):
    settings.AUDIT_ANCHOR_URL = URL
    network.post(URL)
    file.mkdir()
    audit.checkpoint("a test")
    assert posted(network) == [1]
    file.rmdir()
    audit.checkpoint("a test")
    assert numbers_in(file) == [1, 2]
    assert posted(network) == [1, 2]


def test_a_new_place_gets_all_that_there_were(settings, tmp_path, file):
    audit.checkpoint("a test")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "others")
    audit.checkpoint("a test")
    assert numbers_in(tmp_path / "others") == [1, 2]
    assert numbers_in(file) == [1]


def test_the_password_in_an_address_is_kept_nowhere(settings, network, caplog):
    settings.AUDIT_ANCHOR_URL = "https://user:correct-horse@anchor.test/"
    network.post("https://anchor.test/", status=500)
    audit.checkpoint("a test")
    row = AuditAnchor.objects.get()
    assert "horse" not in row.place + row.problem + caplog.text


def test_a_copy_that_is_not_there_cannot_be_compared_with(make_trail, file):
    assert audit.verify().problems == []
    make_trail(1)
    file.unlink()
    report = audit.verify()
    assert report.verdict == audit.Verdict.UNCHECKED
    assert [each.words for each in report.problems] == [
        f"{file} is not there, empty or out of reach: nothing to compare with."
    ]


def test_lines_that_came_while_the_trail_was_looked_at_are_newer_than_it(file):
    first = audit.checkpoint("a test")
    copy = copy_of(str(file))
    audit.checkpoint("a test")
    assert list(copy.lines()) == [first.line().encode()]


def test_lines_of_the_file_amid_other_lines_of_a_log_are_compared_too(make_trail, tmp_path):
    log = tmp_path / "log"
    log.write_text(
        f"worker | ready {{\nworker | {make_trail(1).line()}{{}}\n[1]\n{make_trail(2).line()}"
    )
    assert audit.verify(anchor=str(log)).problems == []
    log.write_text(log.read_text().replace('"number":2', '"number":3'))
    (problem,) = audit.verify(anchor=str(log)).problems
    assert problem.words.startswith(f"Checkpoint 3 of the copy {log} is gone")


@pytest.fixture
def cut_off(file):
    """Three checkpoints have reached the file, and the last two are taken away."""
    for _ in range(3):
        audit.checkpoint("a test")
    meddle(f"DELETE FROM {guard.CHECKPOINTS} WHERE number > 1")


def test_a_place_that_has_more_than_there_is_is_a_problem_and_gets_all_anew(cut_off, file, caplog):
    audit.checkpoint("a test")
    (copies,) = health.copies()
    assert f"Checkpoint 3 had reached {file} and is not in the database" in copies.words
    assert copies.words in caplog.text
    assert numbers_in(file) == [1, 2, 3, 1, 2]


def test_that_a_place_has_more_than_there_is_is_said_until_the_settings_name_another_one(
    cut_off, file, settings
):
    for _ in range(3):
        audit.checkpoint("a test")
    (copies,) = health.copies()
    assert copies.words.endswith("name another place in the settings: this is said until then.")
    assert numbers_in(file)[-2:] == [3, 4]
    settings.AUDIT_ANCHOR_FILE = ""  # as in a shell: it names no other place
    audit.checkpoint("a test")
    assert health.copies() == [copies]
    settings.AUDIT_ANCHOR_FILE = f"{file}-2"
    audit.checkpoint("a test")
    assert health.copies() == []


def test_that_a_place_has_more_than_there_is_is_on_record_once(cut_off):
    for _ in range(3):
        audit.checkpoint("a test")
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor, event.outcome) == ("trail.verified", "engine", "tampered")
    assert event.detail.startswith("Checkpoint 3 had reached")


def test_carrying_ends_when_its_time_is_over_and_goes_on_the_next_time():
    for _ in range(3):
        audit.checkpoint("a test")
    arrived = []
    for count in (1, 2):
        anchor.carry("a place", arrived.append, seconds=0)
        assert [each.number for each in arrived] == list(range(1, count + 1))


def test_each_that_arrived_is_noted_before_the_next_one_leaves(settings, network):
    audit.checkpoint("a test")
    settings.AUDIT_ANCHOR_URL = URL
    noted = []

    def note(_):
        noted.append(AuditAnchor.objects.get().number)
        return 200, {}, ""

    network.add_callback("POST", URL, note)
    audit.checkpoint("a test")
    assert noted == [0, 1]


def test_a_place_that_the_settings_name_no_more_is_no_problem_any_more(settings, network):
    settings.AUDIT_ANCHOR_URL = URL
    network.post(URL, status=500)
    audit.checkpoint("a test")
    assert AuditAnchor.objects.get().problem
    settings.AUDIT_ANCHOR_URL = ""
    audit.checkpoint("a test")
    assert AuditAnchor.objects.get().problem == ""


@pytest.fixture
def another_machine(monkeypatch):
    """Go on in a container that has another name."""

    def go_on():
        monkeypatch.setattr(socket, "gethostname", lambda: "another")

    return go_on


def test_a_machine_of_another_name_goes_on_where_the_file_ends(file, another_machine):
    audit.checkpoint("a test")
    another_machine()
    audit.checkpoint("a test")
    assert numbers_in(file) == [1, 2]


def test_a_machine_of_another_name_ends_the_problem_of_the_one_before_it(file, another_machine):
    file.mkdir()
    audit.checkpoint("a test")
    assert health.copies()
    file.rmdir()
    another_machine()
    audit.checkpoint("a test")
    assert (numbers_in(file), health.copies()) == ([1, 2], [])


def test_each_of_two_machines_with_a_disk_of_its_own_has_all_on_it(settings, tmp_path):
    disks, mount = [tmp_path / "one", tmp_path / "two"], tmp_path / "mnt"
    settings.AUDIT_ANCHOR_FILE = str(mount / "anchors")
    for disk in disks * 2:
        disk.mkdir(exist_ok=True)
        mount.unlink(missing_ok=True)
        mount.symlink_to(disk)
        audit.checkpoint("a test")
    assert [numbers_in(disk / "anchors") for disk in disks] == [[1, 2, 3], [1, 2, 3, 4]]


def test_what_is_no_checkpoint_at_the_end_of_the_file_does_not_begin_it_anew(file):
    audit.checkpoint("a test")
    file.write_text(f"{file.read_text()}a word of somebody\n\n[1]\n")
    audit.checkpoint("a test")
    assert [json.loads(line)["number"] for line in file.read_text().splitlines()[::4]] == [1, 2]


def test_a_line_that_a_full_disk_cut_off_does_not_garble_the_next(file):
    first = audit.checkpoint("a test")
    file.write_text(first.line() + '{"kind":"checkpo')
    second = audit.checkpoint("a test")
    assert file.read_text() == f'{first.line()}{{"kind":"checkpo\n{second.line()}'


def test_a_password_in_an_address_that_is_none_is_shown_nowhere(make_trail, settings, caplog):
    settings.AUDIT_ANCHOR_URL = "https://audit:s3cret@.collector.example.com/x"
    make_trail(1)
    (problem,) = AuditAnchor.objects.values_list("problem", flat=True)
    assert "is not an address to send to" in problem
    assert "s3cret" not in problem + caplog.text
