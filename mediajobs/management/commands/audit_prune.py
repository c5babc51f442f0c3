"""audit_prune: remove old events that were exported."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from mediajobs.management.account import account
from mediajobs.management.command import PanelCommand
from mediajobs.management.readiness import check_ready
from mediajobs.services import audit
from mediajobs.services.audit import Actor


class Command(PanelCommand):
    help = (
        "Remove the events that were sealed before a day, AUDIT_KEEP_DAYS ago or earlier, and "
        "that a file of audit_export holds. Exit status: 0 done, 1 broken off after a part was "
        "removed, 2 nothing was removed: not allowed or wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", required=True, metavar="YYYY-MM-DD", help="a day in UTC")
        parser.add_argument("--export", required=True, metavar="FILE", help="what keeps them")

    def handle(self, **options: Any) -> None:
        check_ready()
        before, by = day(options["before"]), Actor.from_shell(account())
        try:
            self.prune(before=before, export=options["export"], by=by)
        except ValidationError as error:
            words = " ".join([*error.messages, self.done]).strip()
            raise CommandError(words, returncode=1 if self.done else 2) from None
        words = self.done or "Events removed: 0."
        self.deliver(words, done=words)

    def prune(self, **what: Any) -> None:
        """Remove, and keep in mind what is gone by then, lest an error say that nothing is."""
        count = 0
        for removed in audit.prune(**what):
            count += removed
            self.done = f"Events removed: {count:,}."


def day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        sentence = f"{text!r} is no day. Write it as 2026-01-31."
        raise CommandError(sentence, returncode=2) from None
