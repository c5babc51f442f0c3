"""Whether a command can begin; if settings or database are not in order, a sentence says so."""

import sys

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mediajobs import guard

WRONG_USE = 2


def check_ready(*, must_be_guarded: bool = True) -> None:
    """Raise CommandError (exit status 2) unless settings are right and the database is there.

    For commands that turn Django's own checks off, which would end with status 1 and write
    every warning into the stderr of a script. Without a stderr there is no sentence, only the
    status.
    """
    check_streams()
    errors = [str(message) for message in run_checks() if message.is_serious()]
    if errors:
        raise CommandError("\n".join(["Settings are wrong:", *errors]), returncode=WRONG_USE)
    missing = missing_migrations()
    if missing:
        sentence = f"The database lacks {missing} of its migrations. "
        raise CommandError(sentence + "Run “python manage.py migrate” first.", returncode=WRONG_USE)
    if must_be_guarded and (unguarded := guard.words()):
        raise CommandError(unguarded, returncode=WRONG_USE)


def check_streams() -> None:
    """Find a closed stream now, not when something is stored and cannot be told."""
    if sys.stderr is None:
        raise SystemExit(WRONG_USE)
    if sys.stdout is None:
        sentence = "There is no standard output to report to: it is closed. Nothing was done."
        raise CommandError(sentence, returncode=WRONG_USE)


def missing_migrations() -> int:
    try:
        executor = MigrationExecutor(connection)
    except (DatabaseError, ImproperlyConfigured) as error:
        sentence = f"The database cannot be used: {str(error).strip()} Check DATABASE_URL."
        raise CommandError(sentence, returncode=WRONG_USE) from None
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
