"""audit_key: make the key that signs the trail's checkpoints."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediajobs.services import audit


class Command(BaseCommand):
    help = (
        "Make a key and print the line for .env and the public key, which may be shown to anybody. "
        "Exit status: 0 made, 2 the file is there already or cannot be written."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file", metavar="FILE", help="write the key into a new file, for its owner alone"
        )

    def handle(self, **options: Any) -> None:
        secret, public = audit.make_key()
        if options["file"]:
            file = Path(options["file"]).absolute()
            write_new(file, secret)
            self.stdout.write(f"AUDIT_SIGNING_KEY_FILE={file}")
        else:
            self.stdout.write(f"AUDIT_SIGNING_KEY={secret}")
        self.stdout.write(f"# Its public key, to check by: {public}")


def write_new(file: Path, text: str) -> None:
    """Write a file that was not there, and that nobody else may read."""
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w") as new:
            new.write(f"{text}\n")
    except FileExistsError:
        sentence = f"{file} is there already, and with it perhaps a key. Choose another name."
        raise CommandError(sentence, returncode=2) from None
    except OSError as refused:
        sentence = f"{file} cannot be written ({refused.strerror})."
        raise CommandError(sentence, returncode=2) from None
