"""What the commands that lift lock-outs share: they are on record."""

from typing import Any

from django.core.management.base import BaseCommand

from mediajobs.management.account import account
from mediajobs.services import accounts
from mediajobs.services.audit import Actor


class LiftingOnRecordMixin(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        with accounts.lifting_on_record(by=Actor.from_shell(account())):
            super().handle(*args, **options)
