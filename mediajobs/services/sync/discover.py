"""Finding jobs: walking an app's list into the table, and only as far back as is needed."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mediajobs.models import Credential, Discovery
from mediajobs.remote import JobReport, MediaError, app_behind
from mediajobs.services.apps import client_of
from mediajobs.services.sync.health import note_health
from mediajobs.services.sync.report import adopt

logger = logging.getLogger(__name__)

#: The remote keeps jobs for so long (contract section 2).
KEPT = timedelta(days=31)
#: A job may come into the list after others that were submitted later: so far back is looked
#: once a minute, and at the other walks less far, since thousands may come in ten minutes.
OVERLAP = timedelta(minutes=10)
SHORT_OVERLAP = timedelta(minutes=1)
#: The remote's clock may go before ours, but not by more.
AHEAD = timedelta(hours=1)
#: A walk that stored no page for so long is taken over.
LEASE = timedelta(minutes=1)


class AnotherWalk(Exception):  # noqa: N818 -- it says what is the case, and is no error
    """Somebody else walks through the list of this app."""


def discover(
    *,
    credential: Credential | None = None,
    status: str = "",
    submitted_after: datetime | None = None,
) -> Iterator[tuple[int, int]]:
    """Walk an app's list into the table; yield (jobs, new jobs) after each stored page.

    Raises MediaError when the remote cannot be read; pages stored by then stay.
    """
    for page, new_count in walk(credential, status=status, submitted_after=submitted_after):
        yield len(page), new_count


def walk(
    credential: Credential | None,
    *,
    status: str = "",
    submitted_after: datetime | None = None,
    submitted_before: datetime | None = None,
) -> Iterator[tuple[list[JobReport], int]]:
    """Store page after page; the next one is fetched while this one is stored."""
    pages = dated(
        client_of(credential).job_pages(
            status=status,
            submitted_after=submitted_after,
            submitted_before=submitted_before,
            in_line=True,
        )
    )
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, pages, None)
        while found := ahead.result():
            ahead = pool.submit(next, pages, None)
            read_at, page = found
            yield page, adopt(page, read_at=read_at, credential=credential)


def dated(pages: Iterator[list[JobReport]]) -> Iterator[tuple[datetime, list[JobReport]]]:
    """Give each page with the moment in which it was asked for."""
    read_at = timezone.now()
    for page in pages:
        yield read_at, page
        read_at = timezone.now()


def discover_new(credential: Credential | None = None) -> Iterator[Discovery]:
    """Find what an app's list has that the panel has not; yield the state after each page.

    The first walk goes back through all that the remote keeps, each later one to a little
    before the newest job that is known, by the remote's clock. Where the last one broke off,
    this one finds what came meanwhile and then goes on from there. Raises AnotherWalk when
    another walk of this app is at work, and MediaError when the remote cannot be read; pages
    stored by then stay.
    """
    state, since = begin(credential)
    try:
        if state.reached_at:
            yield from catch_up(state, walk(credential, submitted_after=since))
            rest = {"submitted_after": state.since, "submitted_before": state.reached_at}
            yield from follow(state, walk(credential, **rest))
        else:
            yield from follow(state, walk(credential, submitted_after=since))
        note(state, reached_at=None, ended_at=timezone.now())
    except MediaError as error:
        state.move(problem=str(error)[:300])
        raise
    finally:
        # However it ends, the next walk need not wait until the lease has run out.
        state.move(lease_expires_at=None)


def look_for_new(credential: Credential | None = None) -> None:
    """Find an app's new jobs; where it cannot be read, that is noted for the pages to show."""
    failure = None
    try:
        for _ in discover_new(credential):
            pass
    except AnotherWalk as error:
        logger.info("%s", error)
        return
    except MediaError as error:
        failure = error
        logger.warning("the list of jobs could not be read: %s", error)
    note_health(credential, failure)


@transaction.atomic
def begin(credential: Credential | None) -> tuple[Discovery, datetime]:
    """Take the walk of an app in hand, and say how far back what is new may lie.

    Raises AnotherWalk when somebody else has it.
    """
    Discovery.objects.get_or_create(app=Discovery.key_of(credential))
    mine = Discovery.objects.of_app(credential).idle().select_for_update(no_key=True)
    state = mine.first()
    if state is None:
        raise AnotherWalk("Another walk through the list is at work; it is left to that.")
    now, app = timezone.now(), app_behind(credential.place if credential else "")
    if is_anew(state, app, now):
        state.newest_at = state.reached_at = None
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
    return is_other or state.newest_at is None or state.newest_at > now + AHEAD


def how_far_back(state: Discovery, now: datetime) -> datetime:
    """Say where a walk that begins now ends, by the remote's clock once a job is known."""
    if state.newest_at is None:
        return now - KEPT
    is_first_of_minute = state.begun_at is None or minute(state.begun_at) != minute(now)
    return state.newest_at - (OVERLAP if is_first_of_minute else SHORT_OVERLAP)


def minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def follow(state: Discovery, pages: Iterable[tuple[list[JobReport], int]]) -> Iterator[Discovery]:
    """Note with each stored page the newest job, and how far back from it all is known."""
    for page, new_count in pages:
        times = times_of(page, state)
        newest_at = max([state.newest_at, *times] if state.newest_at else times, default=None)
        reached_at = min(times, default=state.reached_at)
        count(state, page, new_count, newest_at=newest_at, reached_at=reached_at)
        yield state


def catch_up(state: Discovery, pages: Iterable[tuple[list[JobReport], int]]) -> Iterator[Discovery]:
    """Note at the end of all pages that everything up to the newest job is known.

    There is one place to remember where a walk broke off, and an older one has it.
    """
    newest_at = state.newest_at
    for page, new_count in pages:
        newest_at = max([newest_at, *times_of(page, state)])
        count(state, page, new_count)
        yield state
    note(state, newest_at=newest_at)


def times_of(page: list[JobReport], state: Discovery) -> list[datetime]:
    """Tell when jobs were submitted; what lies outside of the walk's time is nonsense."""
    latest = timezone.now() + AHEAD
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
