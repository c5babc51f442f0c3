"""Running programs as children: a name before each line, restarts, and an end that leaves none."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

#: A child that lived shorter than this failed to start, as far as restarting goes.
SHORT_LIFE = 10.0
MOST_SHORT_LIVES = 5
PAUSE = 1.0
#: What a child gets to end by itself before it is killed.
PATIENCE = 8.0
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Say = Callable[[str], object]


class KeepsDyingError(Exception):
    """A child ended again and again right after its start."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: list[str]


class Child:
    """One program, started again when it dies."""

    def __init__(self, program: Program, say: Say, **options: Any) -> None:
        self.program, self._say, self._options = program, say, options
        self._short_lives = 0
        self.start()

    def start(self) -> None:
        parent = os.getpid()
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - commands of our own making
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,  # a Ctrl-C reaches the parent alone, which ends the children in order
            preexec_fn=lambda: end_with(parent),  # noqa: PLW1509 - LIBC is loaded, no lock is taken
            **self._options,
        )
        self._reader = threading.Thread(target=self._pass_output_on, daemon=True)
        self._reader.start()

    def _pass_output_on(self) -> None:
        with self._process.stdout as output:
            for line in output:
                # Go on reading when nobody listens any more: a full pipe would stop the child.
                with suppress(BrokenPipeError):
                    self._say(f"{self.program.name:>6} | {line.rstrip()}")

    def look_after(self) -> None:
        """Start it again if it died; raise KeepsDyingError when that does not help."""
        status = self._process.poll()
        if status is None:
            return
        self.kill()
        is_short = time.monotonic() - self._started_at < SHORT_LIFE
        self._short_lives = self._short_lives + 1 if is_short else 0
        ended = f"{self.program.name} ended ({describe(status)})"
        if self._short_lives >= MOST_SHORT_LIVES:
            raise KeepsDyingError(f"{ended}, {MOST_SHORT_LIVES} times right after its start.")
        self._say(f"{ended}; starting it again.")
        time.sleep(PAUSE)
        self.start()

    def ask_to_end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, seconds))

    def kill(self) -> None:
        """Kill what is left of it and of its own children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(PAUSE)


class Children:
    """Several programs that live and end together; start it from the main thread.

    (The kernel's "parent died" means the thread that started a child.)
    """

    def __init__(
        self,
        programs: Iterable[Program],
        say: Say,
        *,
        folder: Path,
        patience: float = PATIENCE,
        **options: Any,
    ) -> None:
        self._programs, self._say, self._patience = programs, say, patience
        self._options = {"cwd": folder, **options}
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        self._children = [Child(program, self._say, **self._options) for program in self._programs]
        return self

    def __exit__(self, *_: object) -> None:
        ends_at = time.monotonic() + self._patience
        for child in self._children:
            child.ask_to_end()
        for child in self._children:
            child.wait(ends_at - time.monotonic())
        for child in self._children:
            child.kill()

    def look_after(self) -> None:
        for child in self._children:
            child.look_after()


def end_with(parent: int) -> None:
    """Ask the kernel to end this process when its parent is gone, by kill -9 even; Linux only."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


def describe(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"


def stop_on_signal() -> threading.Event:
    """Turn Ctrl-C, SIGTERM and a closed terminal into an event."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup has SIGHUP ignored, and means it; a shell's & does so with SIGINT, and does not.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.set())
    return stop
