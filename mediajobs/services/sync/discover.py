"""Finding jobs: walking an app's list into the table, and only as far back as is needed."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from threading import Event

from django.utils import timezone

from mediajobs.models import Credential, Discovery
from mediajobs.remote import JobReport, MediaError
from mediajobs.services.apps import client_of
from mediajobs.services.sync.health import note_health
from mediajobs.services.sync.report import adopt
from mediajobs.services.sync.window import AnotherWalk, begin, count, note, times_of

logger = logging.getLogger(__name__)

#: For whom nobody tells to stop.
NEVER = Event()


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


def look_for_new(credential: Credential | None = None, *, stop: Event = NEVER) -> None:
    """Find an app's new jobs; where it cannot be read, that is noted for the pages to show.

    Once `stop` is set it leaves after the page in hand, for another walk to go on from there.
    """
    failure = None
    try:
        with closing(discover_new(credential)) as pages:
            for _ in pages:
                if stop.is_set():
                    break
    except AnotherWalk as error:
        logger.info("%s", error)
        return
    except MediaError as error:
        failure = error
        logger.warning("the list of jobs could not be read: %s", error)
    note_health(credential, failure)


def follow(state: Discovery, pages: Iterable[tuple[list[JobReport], int]]) -> Iterator[Discovery]:
    """Note with each stored page the newest job, and how far back from it all is known."""
    for page, new_count in pages:
        times = times_of(page, state)
        newest_at = max([state.newest_at, *times] if state.newest_at else times, default=None)
        reached_at = reached_by(times) or state.reached_at
        count(state, page, new_count, newest_at=newest_at, reached_at=reached_at)
        yield state


def reached_by(times: list[datetime]) -> datetime | None:
    """Tell how far back all is known after a page: only to its newest job if it is out of order.

    One old row among newer ones says nothing of what lies between it and them.
    """
    is_newest_first = times == sorted(times, reverse=True)
    return (min if is_newest_first else max)(times, default=None)


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
