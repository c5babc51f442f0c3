"""audit_export: write the sealed trail into a file that can be checked anywhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from mediajobs.management.account import account
from mediajobs.management.command import PanelCommand
from mediajobs.management.readiness import check_ready
from mediajobs.services import audit
from mediajobs.services.audit import Actor, verify_export


class Command(PanelCommand):
    help = (
        "Make a checkpoint and write all events up to it into a new file, as lines of JSON; record "
        "who did. "
        "Exit status: 0 written, 2 wrong use, or the file is there already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, **options: Any) -> None:
        check_ready()
        file = Path(options["file"])
        try:
            with file.open("x", encoding="ascii") as new:
                made = audit.checkpoint("an export")
                for line in audit.export():
                    new.write(line)
        except FileExistsError:
            raise CommandError(f"{file} is there already.", returncode=2) from None
        except OSError as refused:
            sentence = f"{file} cannot be written ({refused.strerror}). What is in it is not whole."
            raise CommandError(sentence, returncode=2) from None
        words = f"Written to {file}. To check it elsewhere, take {verify_export.__file__} with it."
        if made is None:
            words += " It has no checkpoint of its own; stderr says why."
        self.done = words
        audit.record_export(str(file), last_line=line, by=Actor.from_shell(account()))
        self.deliver(words, done=words)
