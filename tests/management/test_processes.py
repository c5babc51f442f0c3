"""Children are named in what they say, started again when they die, and never left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mediajobs.management import processes
from mediajobs.management.processes import Children, KeepsDyingError, Program, describe
from tests.management.running import ROOT, children_of, is_alive, wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def python(name, code):
    return Program(name, [sys.executable, "-c", code])


@pytest.fixture
def said():
    return []


def mine():
    return [pid for pid, line in children_of(os.getpid()).items() if "time.sleep(60)" in line]


def test_what_children_say_is_passed_on_with_their_names(said):
    with Children([python("web", SLEEP), python("beat", SLEEP)], said.append, folder=ROOT):
        wait_until(lambda: len(said) == 2)
    assert set(said) == {"   web | up", "  beat | up"}


def test_no_child_and_no_grandchild_is_left_at_the_end(said):
    parent = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); time.sleep(60)"
    )
    with Children([python("web", parent)], said.append, folder=ROOT, patience=0.3):
        wait_until(lambda: said == ["   web | up"])
        pids = mine()
        assert len(pids) == 2
        began = time.monotonic()
    assert time.monotonic() - began < 20
    # Killed it is; the kernel takes a moment to take it off its list.
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_child_that_dies_is_started_again(said):
    with Children([python("worker", SLEEP)], said.append, folder=ROOT) as children:
        wait_until(lambda: said == ["worker | up"])
        os.kill(mine()[0], signal.SIGKILL)
        wait_until(lambda: children.look_after() or len(said) == 3)
    assert said[1:] == ["worker ended (killed by SIGKILL); starting it again.", "worker | up"]


def test_a_child_that_dies_at_once_again_and_again_is_given_up(said):
    with (
        pytest.raises(KeepsDyingError, match=r"web ended \(exit status 3\), 5 times right after"),
        Children([python("web", "raise SystemExit(3)")], said.append, folder=ROOT) as children,
    ):
        wait_until(children.look_after)
    assert len([words for words in said if "starting it again" in words]) == 4


def test_children_end_when_their_parent_is_killed(tmp_path):
    code = (
        "from pathlib import Path; import sys, time;"
        "from mediajobs.management.processes import Children, Program;"
        f"program = Program('web', [sys.executable, '-c', {SLEEP!r}]);"
        f"Children([program], print, folder=Path({str(tmp_path)!r})).__enter__(); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: children_of(parent.pid))
        children = list(children_of(parent.pid))
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in children), seconds=10)


def test_output_that_nobody_reads_any_more_does_not_stop_a_child(tmp_path):
    def gone(words):
        raise BrokenPipeError

    done = tmp_path / "done"
    code = f"print('x' * 100_000); print('y'); open({str(done)!r}, 'w'); {SLEEP}"
    with Children([python("web", code)], gone, folder=ROOT):
        wait_until(done.exists)


@pytest.mark.parametrize(
    ("status", "words"), [(0, "exit status 0"), (3, "exit status 3"), (-9, "killed by SIGKILL")]
)
def test_the_end_of_a_process_is_said_in_words(status, words):
    assert describe(status) == words


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_becomes_an_event(number):
    before = {each: signal.getsignal(each) for each in (2, 15, 1)}
    try:
        signal.signal(number, signal.SIG_DFL)  # as no nohup has it that runs the tests
        stop = processes.stop_on_signal()
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(5)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_a_closed_terminal_is_ignored_under_nohup():
    before = {each: signal.getsignal(each) for each in (2, 15, 1)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        processes.stop_on_signal()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
