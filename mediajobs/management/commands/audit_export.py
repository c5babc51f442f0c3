"""audit_export: write the sealed trail into a file that can be checked anywhere."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from mediajobs import guard
from mediajobs.health import DATABASE_FAILURES
from mediajobs.management.account import account
from mediajobs.management.command import PanelCommand
from mediajobs.management.readiness import check_ready
from mediajobs.models import AuditCheckpoint
from mediajobs.services import audit
from mediajobs.services.audit import UNREADABLE, Actor, memory, verify_export


class Command(PanelCommand):
    help = (
        "Make a checkpoint and write all events up to it into a new file, as lines of JSON; record "
        "who did. Of a trail that was tampered with, or is not guarded, write what is there. "
        "Exit status: 0 written, 1 written, and audit_verify should be run, 2 wrong use, or the "
        "file is there already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, **options: Any) -> None:
        check_ready(must_be_guarded=False)
        file = Path(options["file"])
        made, last_line = write_new(file)
        words = f"Written to {file}. To check it elsewhere, take {verify_export.__file__} with it."
        if made is None:
            words += " It has no checkpoint of its own; stderr says why."
        self.done = words
        audit.record_export(str(file), last_line=last_line, by=Actor.from_shell(account()))
        self.deliver(words, done=words)
        if complaint := what_is_wrong(json.loads(last_line)):
            raise CommandError(complaint, returncode=1)


def write_new(file: Path) -> tuple[AuditCheckpoint | None, str]:
    """Write a file that was not there; return the checkpoint that was made, and the last line.

    Where the database fails none is left: the same command can be given again.
    """
    line = ""
    try:
        with file.open("x", encoding="ascii") as new:
            made = audit.checkpoint("an export", by_hand=True)
            for line in audit.export():
                new.write(line)
    except FileExistsError:
        raise CommandError(f"{file} is there already.", returncode=2) from None
    except OSError as refused:
        sentence = f"{file} cannot be written ({refused.strerror}). What is in it is not whole."
        raise CommandError(sentence, returncode=2) from None
    except DATABASE_FAILURES:
        file.unlink()
        raise
    except UNREADABLE as error:
        sentence = f"{file} is not whole: the trail cannot be read ({error}). Run audit_verify."
        raise CommandError(sentence, returncode=1) from error
    return made, line


def what_is_wrong(end: dict[str, Any]) -> str:
    """Say of a trail with its last line what should be looked at, or ""."""
    count, missing = end["event_count"], end.get("missing_count", 0)
    wrong = [words for words in (guard.words(), memory.contradiction()) if words]
    if not (missing or wrong):
        return ""
    there = f"{count:,} of {count + missing:,} events were there; run audit_verify."
    return " ".join([there, *wrong])
