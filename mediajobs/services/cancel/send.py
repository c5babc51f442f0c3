"""Asking the remote to cancel one job; touches no table, so that any thread may do it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from mediajobs.models import CancelAttempt
from mediajobs.remote import (
    Answer,
    JobReport,
    MediaClient,
    MediaError,
    Rejected,
    Unclear,
)
from mediajobs.services.sync import look

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for one attempt: an accepting answer, or an error, and perhaps a look.

    `sent_at`: when the request left, if it did, which may be long after its claim.
    """

    attempt: CancelAttempt
    answered_at: datetime
    sent_at: datetime | None = None
    answer: Answer | None = None
    error: MediaError | None = None
    looked: JobReport | MediaError | None = None
    looked_at: datetime | None = None

    @property
    def evidence(self) -> Answer | None:
        """What the remote said to this request, accepting or not."""
        return self.answer or (self.error.answer if self.error and self.error.is_sent else None)


def send(
    client: MediaClient, attempt: CancelAttempt, *, still_wanted: Callable[[], bool]
) -> Outcome:
    """Send one claimed attempt; a refused one is looked at, since the job may have ended.

    Never raises: what nobody foresaw is logged and counts as unclear, to be looked at later.
    """
    try:
        return attempt_cancel(client, attempt, still_wanted)
    except Exception:
        logger.exception("cancel of job %s broke", attempt.remote_id)
        now = timezone.now()
        error = Unclear("The panel failed while it sent this request; its log says why.")
        return Outcome(attempt, now, sent_at=now, error=error)


def attempt_cancel(
    client: MediaClient, attempt: CancelAttempt, still_wanted: Callable[[], bool]
) -> Outcome:
    sent_at = None

    def wanted() -> bool:
        nonlocal sent_at
        now = timezone.now()
        is_wanted = still_wanted() and now < attempt.lease_expires_at
        sent_at = now if is_wanted else sent_at
        return is_wanted

    try:
        answer = client.cancel(attempt.remote_id, still_wanted=wanted)
    except Rejected as error:
        answered_at = timezone.now()
        looked = look(client, attempt.job)
        return Outcome(
            attempt, answered_at, sent_at, error=error, looked=looked, looked_at=answered_at
        )
    except MediaError as error:
        return Outcome(attempt, timezone.now(), sent_at, error=error)
    return Outcome(attempt, timezone.now(), sent_at, answer=answer)
