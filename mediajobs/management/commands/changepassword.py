"""changepassword: Django's own, on record."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User

from mediajobs.management.account import account
from mediajobs.services import accounts
from mediajobs.services.audit import Actor


class Command(changepassword.Command):
    """Recorded once it is done: nobody waits for the database while somebody types."""

    def handle(self, *args: Any, **options: Any) -> str:
        said = super().handle(*args, **options)
        user = User.objects.get(username=options["username"] or getpass.getuser())
        accounts.password_changed(user, by=Actor.from_shell(account()))
        return said
