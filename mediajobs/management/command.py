"""What the panel's own commands share: a lost database and a full stream end in a sentence."""

import os
import sys
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from mediajobs.health import DATABASE_FAILURES

UNWRITTEN = 3


class Complaints(OutputWrapper):
    """A stderr that drops what it cannot write: no deed ends for want of its complaint."""

    def write(self, *args: Any, **options: Any) -> None:
        try:
            super().write(*args, **options)
            self.flush()
        except OSError:
            silence(self)


class PanelCommand(BaseCommand):
    """Exit status 2 when the database fails before anything is done, 1 afterwards."""

    requires_system_checks: list[str] = []
    #: What is done already and stays so, in a sentence.
    done = ""

    def __init__(self, *args: Any, stderr: Any = None, **options: Any) -> None:
        super().__init__(*args, stderr=stderr, **options)
        self.stderr = Complaints(stderr or sys.stderr)
        self.stderr.style_func = self.style.ERROR

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DATABASE_FAILURES as error:
            why = str(error).strip().rstrip(".")
            sentence = f"The database cannot be used: {why}. {self.done or 'Nothing was done.'}"
            raise CommandError(sentence, returncode=1 if self.done else 2) from None

    def deliver(self, report: str, done: str) -> None:
        """Write the report to stdout; if it cannot be, say what is done: exit status 3."""
        try:
            self.stdout.write(report)
            self.stdout.flush()
        except OSError as refused:
            silence(self.stdout)
            sentence = f"{done} The report could not be written: {refused.strerror}."
            raise CommandError(sentence, returncode=UNWRITTEN) from None


def silence(stream: OutputWrapper) -> None:
    """Lead what a broken stream still holds nowhere: Python would fail on it at its end."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
