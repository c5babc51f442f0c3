"""record_jobs: take job ids from a file or a pipe into the panel."""

import json
import os
import stat
import sys
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from mediajobs.log_lines import escaped
from mediajobs.management.account import account, as_text
from mediajobs.management.arguments import media_path, utf8
from mediajobs.management.choosing import app_named
from mediajobs.management.command import PanelCommand
from mediajobs.management.readiness import check_ready
from mediajobs.models import Job, JobSource
from mediajobs.models.job import MEDIA_PATHS
from mediajobs.services import intake
from mediajobs.services.audit import Actor

#: A report for machines lists so many malformed lines; the count is of all.
MOST_LISTED = 1000
MOST_BYTES = 32 * 1024 * 1024
PIECE = 64 * 1024


class Command(PanelCommand):
    help = (
        "Record jobs: one id a line, or CSV (job_id, path, label, note, owner, link) with or "
        "without a header. Of known jobs it fills in what is empty. "
        "Exit status: 0 all recorded or known, 1 some lines were malformed, 2 wrong use, "
        "3 done, but the report could not be written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="- reads a pipe")
        parser.add_argument("--path", type=media_path, required=True, help="where a line has none")
        parser.add_argument("--label", type=label, default="", help="where a line has none")
        parser.add_argument("--app", metavar="NAME", help="the app they are of")
        parser.add_argument("--json", action="store_true", help="report for machines")

    def handle(self, **options: Any) -> None:
        check_ready()
        self.malformed_count, self.listed = 0, []
        self.is_for_machines = options["json"]
        if options["path"] not in MEDIA_PATHS:
            self.stderr.write(f"{options['path']} is no API that the panel knows. Is it right?")
        stored = self.store(options)
        self.check_any(stored)
        report = json.dumps(self.report(stored)) if self.is_for_machines else stored.words
        self.deliver(report, done=stored.words)
        if self.malformed_count:
            raise CommandError(self.complaint(), returncode=1)

    def store(self, options: dict[str, Any]) -> intake.Stored:
        """Store what is good in one transaction; what is not even text undoes it."""
        name = options["file"]
        origin = "standard input" if name == "-" else f"the file “{as_text(name)}”"
        by = Actor.from_shell(account())
        app = app_named(options["app"]) if options["app"] else None
        about = {"by": by, "source": JobSource.COMMAND, "origin": origin, "credential": app}
        try:
            with opened(name) as stream:
                rows = self.good_rows(stream, options["path"], options["label"])
                return intake.store(rows, **about)
        except OSError as error:
            sentence = f"{escaped(name)} cannot be read: {error.strerror}."
            raise CommandError(sentence, returncode=2) from None
        except ValidationError as error:
            raise wrong(escaped(" ".join(error.messages))) from None

    def check_any(self, stored: intake.Stored) -> None:
        """Refuse what holds no line with anything to record: somebody meant another file."""
        if stored == intake.Stored(0, 0, 0) and not self.malformed_count:
            raise wrong("There is no job id in it. Give one on each line.")

    def good_rows(self, stream: BinaryIO, path: str, label: str) -> Iterator[intake.Row]:
        """Pass the good rows on and tell of the malformed ones."""
        lines = intake.read_lines(stream)
        for row in intake.read_rows(lines, default_path=path, default_label=label):
            if isinstance(row, intake.Row):
                yield row
            else:
                self.tell(row)

    def tell(self, malformed: intake.Malformed) -> None:
        self.malformed_count += 1
        if not self.is_for_machines:
            self.stderr.write(escaped(f"line {malformed.line}: {malformed.reason}"))
        elif len(self.listed) < MOST_LISTED:
            self.listed.append({"line": malformed.line, "reason": malformed.reason})

    def complaint(self) -> str:
        if self.malformed_count == 1:
            return "1 line was malformed and is not recorded."
        return f"{self.malformed_count:,} lines were malformed and are not recorded."

    def report(self, stored: intake.Stored) -> dict[str, Any]:
        return {
            "recorded": stored.new_count,
            "named": stored.named_count,
            "known": stored.known_count,
            "malformed": self.malformed_count,
            "errors": self.listed,
        }


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file; a pipe is read to its end first, so that no transaction waits for it."""
    if name == "-" and sys.stdin is None:
        raise CommandError("There is no standard input to read: it is closed.", returncode=2)
    with nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb") as source:
        if name != "-" and is_file(source):
            check_size(os.fstat(source.fileno()).st_size)
            yield source
            return
        with tempfile.TemporaryFile() as file:
            spool(source, file)
            yield file


def is_file(source: BinaryIO) -> bool:
    """Whether it is a file of a known size: no pipe, no terminal, no device."""
    return stat.S_ISREG(os.fstat(source.fileno()).st_mode)


def spool(source: BinaryIO, file: BinaryIO) -> None:
    """Read a pipe to its end into a file, and stand at its beginning."""
    while piece := source.read(PIECE):
        file.write(piece)
        check_size(file.tell())
    file.seek(0)


def check_size(size: int) -> None:
    if size > MOST_BYTES:
        most = MOST_BYTES // 1024**2
        raise wrong(f"This is too big: the most is {most} MB at once. Split it.")


def wrong(sentence: str) -> CommandError:
    return CommandError(f"{sentence} Nothing was recorded.", returncode=2)


def label(text: str) -> str:
    most = Job._meta.get_field("label").max_length
    if len(text) > most:
        raise ArgumentTypeError(f"it has {len(text)} characters; the most is {most}.")
    return utf8(text)
