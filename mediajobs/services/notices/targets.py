"""Who is told of a cancellation: who asked for it, if they wished so, and NOTICE_URLS."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from mediajobs.models import CancelBatch, NoticeKind
from mediajobs.remote import notify


@dataclass(frozen=True, slots=True)
class Target:
    """Where a notice goes; `shown` is what pages and the trail may say of it."""

    kind: NoticeKind
    target: str
    shown: str


def targets_of(batch: CancelBatch) -> Iterator[Target]:
    if batch.mails_requester:
        user = get_user_model().objects.filter(pk=batch.requested_by_id, is_active=True).first()
        if user and not mail_obstacle(user):
            domain = user.email.rpartition("@")[2]
            yield Target(NoticeKind.MAIL, user.email, f"{user.get_username()} (…@{domain})")
    for receiver in notify.receivers():
        kind = NoticeKind.SLACK if receiver.is_slack else NoticeKind.WEBHOOK
        yield Target(kind, receiver.key, receiver.shown)


def mail_obstacle(user: AbstractBaseUser | AnonymousUser | None) -> str:
    """Say why this person cannot be told by e-mail and what to do, or ""."""
    if not settings.MAIL_IS_CONFIGURED:
        return "Not possible: the panel has no mail server. Whoever runs it can set EMAIL_URL."
    try:
        validate_email(getattr(user, "email", ""))
    except ValidationError:
        return (
            "Not possible: your account has no e-mail address. An administrator can write it "
            "under Users."
        )
    return ""
