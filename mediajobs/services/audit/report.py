"""What a verification found: sound or not, and the first row that is wrong of each kind."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from mediajobs.log_lines import escaped


class Verdict(IntEnum):
    """The values are the exit status of `audit_verify`."""

    SOUND = 0
    TAMPERED = 1
    LAGGING = 2
    UNCHECKED = 3


#: Of several problems the gravest gives the verdict.
GRAVITY = (Verdict.TAMPERED, Verdict.UNCHECKED, Verdict.LAGGING)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in a sentence that names the row."""

    verdict: Verdict
    words: str


@dataclass(slots=True)
class Report:
    """What was looked at and what was found."""

    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # true and past mending: no verdict
    event_count: int = 0
    checkpoint_count: int = 0
    signed_count: int = 0
    compared_count: int = 0
    unsealed_count: int = 0
    last_seq: int = 0
    chain: str = ""
    longest_gap_seconds: int = 0

    @property
    def verdict(self) -> Verdict:
        found = {problem.verdict for problem in self.problems}
        return next((each for each in GRAVITY if each in found), Verdict.SOUND)

    def facts(self) -> dict[str, Any]:
        """Tell it to a machine."""
        names = [name for name in self.__slots__ if name != "problems"]
        problems = [
            {"kind": each.verdict.name.lower(), "words": each.words} for each in self.problems
        ]
        found = {"verdict": self.verdict.name.lower(), "problems": problems}
        return found | {name: getattr(self, name) for name in names}


def tampered(words: str) -> Problem:
    return problem(Verdict.TAMPERED, words)


def lagging(words: str) -> Problem:
    return problem(Verdict.LAGGING, words)


def unchecked(words: str) -> Problem:
    return problem(Verdict.UNCHECKED, words)


def problem(verdict: Verdict, words: str) -> Problem:
    """Escape what a terminal obeys: words may come from a file or a row that somebody made up."""
    return Problem(verdict, escaped(words))
