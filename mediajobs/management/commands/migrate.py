"""migrate: Django's own, which also puts back the triggers that guard the trail."""

from typing import Any

from django.core.management.commands import migrate

from mediajobs import guard
from mediajobs.management.account import account
from mediajobs.services import audit
from mediajobs.services.audit import Actor


class Command(migrate.Command):
    help = f"{migrate.Command.help} Puts back the triggers that guard the audit trail."

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Put back what is missing before the system checks, and what SQLite drops of a table that
        a migration rebuilds.
        """
        before = guard.restore()
        try:
            done = super().execute(*args, **options)
        finally:
            self.tell("they were missing before", before, options)
        self.tell("they are new, or went with a table that was rebuilt", guard.restore(), options)
        return done

    def tell(self, why: str, tables: list[str], options: dict[str, Any]) -> None:
        """Say what was put back, and leave it on record where there is a trail already."""
        if not tables:
            return
        words = f"Put back the triggers that guard the trail on {', '.join(tables)}: {why}."
        if options["verbosity"]:
            self.stdout.write(words)
        audit.record_guarding(words, by=Actor.from_shell(account()))
