"""migrate: Django's own, which also keeps what SQLite forgets of a table that it rebuilds: the
triggers that guard the trail, and the numbers that were given out.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection

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
        before, numbers = guard.restore(), numbers_given()
        try:
            return super().execute(*args, **options)
        finally:
            restored = guard.restore()
            give_no_more(numbers)
            self.tell("they were missing before", before, options)
            self.tell("they are new, or went with a table that was rebuilt", restored, options)

    def tell(self, why: str, tables: list[str], options: dict[str, Any]) -> None:
        """Say what was put back, and leave it on record where there is a trail already."""
        if not tables:
            return
        words = f"Put back the triggers that guard the trail on {', '.join(tables)}: {why}."
        if options["verbosity"]:
            self.stdout.write(words)
        audit.record_guarding(words, by=Actor.from_shell(account()))


def numbers_given() -> list[tuple[int, str]]:
    """Give the last number of each table, which SQLite alone forgets."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'")
        if not cursor.fetchall():
            return []
        cursor.execute("SELECT seq, name FROM sqlite_sequence")
        return cursor.fetchall()


def give_no_more(numbers: list[tuple[int, str]]) -> None:
    """Let no number be given again: the trail has deeds of a discarded draft under its own."""
    if not numbers:
        return
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", numbers)
