"""How far an app's list is known, and who is at work to know more of it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mediajobs.models import Credential, Discovery
from mediajobs.remote import JobReport, app_behind
from mediajobs.services.sync.report import KEPT

#: A job may come into the list after others that were submitted later: so far back is looked
#: once a minute, and at the other walks less far, since thousands may come in ten minutes.
OVERLAP = timedelta(minutes=10)
SHORT_OVERLAP = timedelta(minutes=1)
#: The remote's clock may go before ours, but not by more.
REMOTE_AHEAD = timedelta(hours=1)
#: A walk that stored no page for so long is taken over.
LEASE = timedelta(minutes=1)


class AnotherWalk(Exception):  # noqa: N818 -- it says what is the case, and is no error
    """Somebody else walks through the list of this app."""


@transaction.atomic
def begin(credential: Credential | None) -> tuple[Discovery, datetime]:
    """Take the walk of an app in hand, and say how far back what is new may lie.

    Raises AnotherWalk when somebody else has it.
    """
    Discovery.objects.get_or_create(app=Discovery.key_of(credential))
    mine = Discovery.objects.of_app(credential).idle(lease=LEASE).select_for_update(no_key=True)
    state = mine.first()
    if state is None:
        raise AnotherWalk(
            "Another walk through the list is at work, or was killed within the last minute; "
            "it is left to that."
        )
    now, app = timezone.now(), app_behind(credential.place if credential else "")
    if is_anew(state, app, now):
        state.newest_at = state.reached_at = None
    if state.reached_at and state.reached_at < now - KEPT:
        state.reached_at = None  # by now the remote keeps nothing of what was left
    since = how_far_back(state, now)
    if state.reached_at is None:
        state.since = since
    state.app_behind = app or state.app_behind
    state.begun_at, state.lease_expires_at = now, now + LEASE
    state.job_count, state.new_count, state.problem = 0, 0, ""
    state.save()
    return state, since


def is_anew(state: Discovery, app: str, now: datetime) -> bool:
    """Whether nothing is known of this list: never read, another app's, or by a wrong clock."""
    is_other = bool(app and state.app_behind) and app != state.app_behind
    return is_other or state.newest_at is None or state.newest_at > now + REMOTE_AHEAD


def how_far_back(state: Discovery, now: datetime) -> datetime:
    """Say where a walk that begins now ends, by the remote's clock once a job is known.

    Once a minute no later than the last walk came to its end by ours: one job that is dated ahead
    would hide all that come until then. A remote whose clock goes before ours is so read farther
    back than it need be, but not at every walk. One that broke off has looked for nobody.
    """
    if state.newest_at is None:
        return now - KEPT
    came_to_its_end = state.begun_at and state.ended_at and state.ended_at >= state.begun_at
    if came_to_its_end and minute(state.begun_at) == minute(now):
        return state.newest_at - SHORT_OVERLAP
    is_to_go_on = state.reached_at is not None  # of what came until then that place tells
    looked_at = now if is_to_go_on else state.ended_at or now
    return min(state.newest_at, looked_at, now) - OVERLAP


def minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def times_of(page: list[JobReport], state: Discovery) -> list[datetime]:
    """Tell when jobs were submitted; what lies outside of the walk's time is nonsense."""
    latest = timezone.now() + REMOTE_AHEAD
    times = (report.submitted_at for report in page)
    return [moment for moment in times if moment and state.since <= moment <= latest]


def count(state: Discovery, page: list[JobReport], new_count: int, **fields: object) -> None:
    """Note a stored page, and with it that somebody is at work."""
    note(
        state,
        lease_expires_at=timezone.now() + LEASE,
        job_count=state.job_count + len(page),
        new_count=state.new_count + new_count,
        **fields,
    )


def note(state: Discovery, **fields: object) -> None:
    """Write how far a walk has come; raise AnotherWalk when somebody has taken it over."""
    if not state.move(**fields):
        raise AnotherWalk("Another walk through the list has taken over; the rest is left to that.")
