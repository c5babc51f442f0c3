"""Lifting lock-outs before their time: on record with whom and where it lets try again."""

from collections.abc import Iterator
from contextlib import contextmanager

from axes.models import AccessAttempt
from django.db import transaction

from mediajobs.models import AuditKind
from mediajobs.services.accounts.sign_in import UNKNOWN_NAME, name_on_record
from mediajobs.services.accounts.words import quoted, some_of
from mediajobs.services.audit import Actor, record


@contextmanager
def lifting_on_record(*, by: Actor) -> Iterator[None]:
    """Record in one transaction with it which failed tries are forgotten meanwhile, if any."""
    with transaction.atomic():
        before = failed_tries()
        yield
        if gone := before - failed_tries():
            detail = f"Failed tries are forgotten of {some_of(set(map(tries_words, gone)))}"
            record(AuditKind.USER_LOCK_OUT_LIFTED, by, detail=detail)


def failed_tries() -> set[tuple[str, str | None]]:
    return set(AccessAttempt.objects.values_list("username", "ip_address"))


def tries_words(tries: tuple[str, str | None]) -> str:
    name, address = tries
    known = name_on_record(name)
    whose = known if known == UNKNOWN_NAME else quoted(known)
    return f"{whose} from {address or 'nowhere'}"
