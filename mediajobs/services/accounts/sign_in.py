"""Who signed in and out, and who tried to: on record without a password, and never a flood."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.services.audit import Actor, record
from mediajobs.services.tally import Tally

#: So many failed tries a minute, of all processes together, have an event each; more are counted.
TOLD_SINGLY = 30
#: What stands for a name that nobody has: it may be a password, typed into the wrong field.
UNKNOWN_NAME = "(unknown name)"


def refusal_words(count: int, newest: Actor) -> str:
    tries = "1 more try" if count == 1 else f"{count:,} more tries"
    came_from = newest.address or "nowhere"
    return (
        f"{tries} to sign in failed, among many others or while locked out; "
        f"the newest as “{newest.name}” from {came_from}."
    )


#: The tries that have no event of their own.
refused_tries = Tally(AuditKind.USER_SIGN_IN_REFUSED, refusal_words)


def name_on_record(name: str) -> str:
    """Give a name that somebody has as it is, and keep nothing of any other."""
    is_known = get_user_model().objects.filter(username=name).exists()
    return name if is_known else UNKNOWN_NAME


def signed_in(*, by: Actor) -> None:
    """Record it; and before it what is still to be told of those who could not."""
    refused_tries.tell()
    record(AuditKind.USER_SIGNED_IN, by)


def signed_out(*, by: Actor) -> None:
    record(AuditKind.USER_SIGNED_OUT, by)
    refused_tries.tell()


def failed(by: Actor, detail: str = "Wrong name or password.") -> None:
    """Record a try that failed; among many, only count it."""
    if is_flood():
        refused_tries.note(by)
    else:
        record(AuditKind.USER_SIGN_IN_FAILED, by, detail=detail)


def wrong_password(*, by: Actor) -> None:
    """Record that somebody signed in did not know the password of that account."""
    failed(by, "The old password was wrong, while setting a new one.")


def not_staff(*, by: Actor) -> None:
    """Record that somebody knew the password of an account that may not come in here."""
    failed(by, "The password was right, but this is no staff account.")


def locked_out(by: Actor, detail: str) -> None:
    """Record a lock-out; in a flood only that of a name that somebody has."""
    if by.name != UNKNOWN_NAME or not is_flood():
        record(AuditKind.USER_LOCKED_OUT, by, detail=detail)


def is_flood() -> bool:
    """Whether so many failed within the last minute that no more are told singly."""
    newest = AuditEvent.objects.filter(kind=AuditKind.USER_SIGN_IN_FAILED)
    last_told = newest.values_list("at", flat=True)[TOLD_SINGLY - 1 : TOLD_SINGLY]
    return any(timezone.now() - at < timedelta(minutes=1) for at in last_told)
