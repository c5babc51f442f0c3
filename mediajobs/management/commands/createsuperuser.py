"""createsuperuser: Django's own, on record."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User
from django.db.models import Max

from mediajobs.management.account import account
from mediajobs.services import accounts
from mediajobs.services.audit import Actor


class Command(createsuperuser.Command):
    """Recorded once it is done: nobody waits for the database while somebody types."""

    def handle(self, *args: Any, **options: Any) -> None:
        newest = User.objects.aggregate(newest=Max("pk"))["newest"] or 0
        super().handle(*args, **options)
        accounts.superusers_added(newest, by=Actor.from_shell(account()))
