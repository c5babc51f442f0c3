"""How far a cancellation is: numbers, words, and the bar that is made of them."""

from dataclasses import dataclass

from mediajobs.models import AttemptState, BatchState, CancelBatch
from mediajobs.models.attempt import OPEN_STATES, PROBLEM_STATES
from mediajobs.templatetags.panel import TONE_OF

BAR_WIDTH = 1000
#: As they stand in the bar: what has ended, what the remote still owes, what was not sent.
ORDER = (
    AttemptState.CANCELLED,
    AttemptState.FINISHED_FIRST,
    AttemptState.ALREADY_FINAL,
    AttemptState.JOINED,
    AttemptState.NOT_SENT,
    AttemptState.UNCONFIRMED,
    AttemptState.NOT_FOUND,
    AttemptState.REFUSED,
    AttemptState.FAILED,
    AttemptState.REQUESTED,
    AttemptState.UNCLEAR,
    AttemptState.SENDING,
    AttemptState.QUEUED,
)
#: One failure among ten thousand is still seen.
LEAST_WIDTH = 6


@dataclass(frozen=True, slots=True)
class Segment:
    """The attempts in one state, and their place in the bar."""

    state: AttemptState
    count: int
    x: int
    width: int

    @property
    def label(self) -> str:
        return self.state.label

    @property
    def tone(self) -> str:
        return TONE_OF[self.state]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the attempts of a batch stand."""

    batch: CancelBatch
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open_count(self) -> int:
        return sum(self.counts[state] for state in OPEN_STATES)

    @property
    def problem_count(self) -> int:
        return sum(self.counts[state] for state in PROBLEM_STATES)

    @property
    def queued_count(self) -> int:
        return self.counts[AttemptState.QUEUED]

    @property
    def undecided_count(self) -> int:
        """Those of which it is not known yet whether they left, and that may be sent again."""
        return self.counts[AttemptState.SENDING] + self.counts[AttemptState.UNCLEAR]

    @property
    def unsent_count(self) -> int:
        """Those that may still be sent."""
        return self.queued_count + self.undecided_count

    @property
    def requested_count(self) -> int:
        return self.counts[AttemptState.REQUESTED]

    @property
    def is_still(self) -> bool:
        """Whether the numbers change no more while somebody looks at them."""
        return self.batch.has_ended and not self.open_count

    @property
    def state(self) -> tuple[str, str]:
        return state_of(self.batch, self.problem_count)

    @property
    def words(self) -> str:
        return words_of(self.batch, self.total, self.open_count, self.problem_count)

    def segments(self) -> list[Segment]:
        """Lay the states that have attempts side by side."""
        states = [state for state in ORDER if self.counts[state]]
        widths = [
            max(LEAST_WIDTH, BAR_WIDTH * self.counts[state] // self.total) for state in states
        ]
        scale = BAR_WIDTH / max(1, sum(widths))
        edges = [round(sum(widths[:place]) * scale) for place in range(len(widths) + 1)]
        return [
            Segment(state, self.counts[state], x, end - x)
            for state, x, end in zip(states, edges, edges[1:], strict=False)
        ]


def state_of(batch: CancelBatch, problem_count: int) -> tuple[str, str]:
    """Name the state of a batch, value and words; an end with problems is a state of its own."""
    if batch.state == BatchState.FINISHED and problem_count:
        return "finished_with_problems", "Finished with problems"
    return batch.state, batch.get_state_display()


def words_of(batch: CancelBatch, total: int, open_count: int, problem_count: int) -> str:
    """Say in a few words how far a batch is."""
    if batch.state == BatchState.DRAFT:
        return "not confirmed, nothing sent"
    words = f"{total - open_count:,} of {total:,} settled"
    return f"{words}, {problem_count:,} with a problem" if problem_count else words
