"""Deeds that were refused because somebody has no right to them, and tokens that open nothing."""

from mediajobs.models import AuditKind
from mediajobs.services.audit import Actor, record, storable
from mediajobs.services.tally import Tally

#: Methods that only show.
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
#: Of each pipeline, and of what was refused to it.
refused_deeds: dict[tuple[str, str], Tally] = {}


def refused(*, by: Actor, method: str, path: str, why: str) -> None:
    """Record that somebody tried a deed without a right to it; looking at a page is none.

    What a pipeline tries again and again is counted, and told once a minute.
    """
    if method in SAFE:
        return
    words = why or "There is no right to it."
    detail = storable(f"{method} {path[:300]}: {words[:500]}")
    if by.client:
        tally_of(by, detail).note(by)
    else:
        record(AuditKind.RIGHTS_REFUSED, by, detail=detail)


def refused_token(*, by: Actor) -> None:
    """Record that somebody came with a token that opens nothing, also to read: it may have leaked.

    `by` is the pipeline whose token was revoked, or has no id for one that nobody has.
    """
    known = "A token that was revoked." if by.user_id else "A token that nobody has."
    tally_of(by, known).note(by)


def tally_of(by: Actor, detail: str) -> Tally:
    def words(count: int, newest: Actor) -> str:
        return detail if count == 1 else f"{detail} {count:,} times."

    about = {"actor_id": by.user_id, "detail__startswith": detail}
    tally = Tally(AuditKind.RIGHTS_REFUSED, words, **about)
    return refused_deeds.setdefault((by.user_id, detail), tally)


def tell_refused_deeds() -> None:
    """Put on record what is counted, where that is due."""
    for tally in list(refused_deeds.values()):
        tally.tell()
