"""Sending what is due: each notice by one worker, and what came of it written with its event.

A mail is tried again only when it cannot have arrived. What is posted is tried again whatever
the end, and arrives at least once: its id tells a receiver of a repetition.
"""

import threading
import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from mediajobs.models import AuditKind, Notice, NoticeKind, NoticeState
from mediajobs.models.notice import LONGEST_WAIT
from mediajobs.remote import MediaError, NotSent, mail, notify
from mediajobs.services.audit import ENGINE, record

#: Longer than any sending takes; who is silent for so long is dead.
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=30)
#: Looked at for a claim; the others, with hundreds due, wait for the next one.
CANDIDATES = 20
#: With these waits the last try comes a day after the first.
MOST_TRIES = 15


def send_due(*, seconds: float, stop: threading.Event) -> int:
    """Send what is due for about `seconds` or until `stop` is set; return how many were sent.

    Where one was not taken, the others to the same target wait for the next call.
    """
    ends_at, sent_count = time.monotonic() + seconds, 0
    failing: set[str] = set()
    while time.monotonic() < ends_at and not stop.is_set():
        notice = take(but=failing)
        if notice is None:
            break
        if send(notice):
            sent_count += 1
        else:
            failing.add(notice.target)
    return sent_count


def take(*, but: set[str]) -> Notice | None:
    """Claim the next due notice to another target than these; give up what may not be tried."""
    due = Notice.objects.due().exclude(target__in=but).select_related("batch")
    for notice in due.order_by("tries", "next_try_at")[:CANDIDATES]:
        if words := why_not_again(notice):
            give_up(notice, words)
        elif notice.claim(until=timezone.now() + LEASE):
            return notice
    return None


def why_not_again(notice: Notice) -> str:
    """Say why one whose sender fell silent is not tried again, or ""."""
    if notice.state != NoticeState.SENDING:
        return ""
    if notice.kind == NoticeKind.MAIL:
        return "The worker ended while it sent the mail: it may have left or not."
    if notice.tries >= MOST_TRIES:
        return "The worker ended while it tried for the last time."
    return ""


def send(notice: Notice) -> bool:
    """Send a claimed notice and write down what came of it; say whether it was taken."""
    try:
        deliver(notice)
    except MediaError as error:
        put_off_or_give_up(notice, error)
        return False
    write_sent(notice)
    return True


def deliver(notice: Notice) -> None:
    """Hand it over; raises a MediaError that says what may have become of it."""
    if notice.kind == NoticeKind.MAIL:
        mail.send(notice.target, subject=notice.subject, text=notice.text, key=str(notice.key))
        return
    receiver = next((each for each in notify.receivers() if each.key == notice.target), None)
    if receiver is None:
        raise NotSent("This address does not stand in NOTICE_URLS any more.")
    if notice.kind == NoticeKind.SLACK:
        notify.post_text(receiver, notice.text)
    else:
        notify.post_signed(receiver, notice.facts, key=str(notice.key))


def put_off_or_give_up(notice: Notice, error: MediaError) -> None:
    is_hopeless = notice.kind == NoticeKind.MAIL and not isinstance(error, NotSent)
    if is_hopeless or notice.tries >= MOST_TRIES:
        give_up(notice, str(error))
        return
    wait = min(FIRST_WAIT * 2 ** (notice.tries - 1), LONGEST_WAIT)
    facts = {"next_try_at": timezone.now() + wait, "problem": str(error)[:500]}
    notice.move(to=NoticeState.WAITING, **facts)


@transaction.atomic
def write_sent(notice: Notice) -> None:
    facts = {"ended_at": timezone.now(), "problem": ""}
    if notice.move(to=NoticeState.SENT, **facts):
        record(AuditKind.NOTICE_SENT, ENGINE, batch=notice.batch, detail=str(notice))


@transaction.atomic
def give_up(notice: Notice, words: str) -> None:
    facts = {"ended_at": timezone.now(), "problem": words[:500]}
    if notice.move(to=NoticeState.GIVEN_UP, **facts):
        detail = f"{notice}. {words}"
        record(AuditKind.NOTICE_GIVEN_UP, ENGINE, batch=notice.batch, detail=detail)
