"""Whether a command can begin; if settings or database are not in order, a sentence says so."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, SystemCheckError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

WRONG_USE = 2


def check_ready(command: BaseCommand) -> None:
    """Raise CommandError (exit status 2) unless settings are right and the database is there.

    For commands that turn Django's own checks off, which would end with status 1.
    """
    try:
        command.check()
    except SystemCheckError as wrong:
        raise CommandError(str(wrong), returncode=WRONG_USE) from None
    missing = missing_migrations()
    if missing:
        sentence = f"The database lacks {missing} of its migrations. "
        raise CommandError(sentence + "Run “python manage.py migrate” first.", returncode=WRONG_USE)


def missing_migrations() -> int:
    try:
        executor = MigrationExecutor(connection)
    except (DatabaseError, ImproperlyConfigured) as error:
        sentence = f"The database cannot be used: {str(error).strip()} Check DATABASE_URL."
        raise CommandError(sentence, returncode=WRONG_USE) from None
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
