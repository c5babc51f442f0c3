"""The way through the pages of a list: where it leads nowhere, somebody has to stop walking."""

from dataclasses import dataclass, field

from mediajobs.remote.types import JobReport

MOST_PAGES = 100_000
#: A filter may leave a page without rows, and where it filters after paging, the pages of a whole
#: night; but not so many of them one after the other.
MOST_EMPTY_PAGES = 1000


@dataclass(slots=True)
class Trail:
    """Remembers the pages of one list: their tokens, and a hash of the ids on each."""

    _tokens: set[str] = field(default_factory=set, init=False)
    _pages: set[int] = field(default_factory=set, init=False)
    _empty_count: int = field(default=0, init=False)

    def flaw_of(self, rows: list[JobReport], token: str) -> str:
        """Note a page with the token that leads on; say why the list cannot go on so, or ""."""
        page = hash(frozenset(row.job_id for row in rows))
        self._empty_count = 0 if rows else self._empty_count + 1
        if token in self._tokens or (rows and page in self._pages):
            return "leads round in a circle of pages"
        if token and (self._empty_count > MOST_EMPTY_PAGES or len(self._tokens) >= MOST_PAGES):
            return "leads on and on without an end"
        self._tokens |= {token} if token else set()
        self._pages.add(page)
        return ""
