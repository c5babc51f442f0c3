"""Errors keep what they know on their way through copies and queues."""

import copy
import pickle

import pytest

from mediajobs import remote
from mediajobs.remote import Answer, MediaError, NotSent, Rejected, Unclear

KINDS = [
    kind
    for kind in vars(remote).values()
    if isinstance(kind, type) and issubclass(kind, MediaError)
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_keeps_its_sentence_answer_and_pause(kind, again):
    error = again(kind("A sentence.", answer=Answer(429, "slower"), retry_after=7.0))
    assert (type(error), str(error)) == (kind, "A sentence.")
    assert (error.answer, error.retry_after) == (Answer(429, "slower"), 7.0)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_needs_a_sentence_only(kind):
    error = kind("A sentence.")
    assert (error.answer, error.retry_after) == (None, None)


def test_each_error_belongs_to_one_branch_of_what_may_be_done_next():
    for kind in KINDS:
        assert sum(issubclass(kind, branch) for branch in (NotSent, Rejected, Unclear)) <= 1
