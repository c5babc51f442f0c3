"""The hashes of a cancellation's jobs and outcomes."""

from mediajobs.services.audit import outcome_digest
from mediajobs.services.audit.outcomes import jobs_digest


def test_one_row_with_line_feeds_does_not_pass_for_several_jobs():
    assert jobs_digest(["one\ntwo"]) != jobs_digest(["one", "two"])


def test_one_row_with_line_feeds_does_not_pass_for_several_outcomes():
    several = outcome_digest([("one", "cancelled"), ("two", "cancelled")])
    assert outcome_digest([("one cancelled\ntwo", "cancelled")]) != several
