"""Verifying: whether the trail is whole, and if not, which row is wrong and what about it."""

from collections.abc import Iterator
from itertools import islice

from django.conf import settings

from mediajobs import guard
from mediajobs.services.audit import memory
from mediajobs.services.audit.report import Problem, Report, tampered, unchecked
from mediajobs.services.audit.snapshot import snapshot
from mediajobs.services.audit.unreadable import UNREADABLE, unreadable_row
from mediajobs.services.audit.verify_cadence import covered_late
from mediajobs.services.audit.verify_checkpoints import wrong_checkpoints
from mediajobs.services.audit.verify_copies import copy_of, other_anchors, other_export
from mediajobs.services.audit.verify_links import wrong_links
from mediajobs.services.audit.verify_tables import unsealed_for_long, untold_deeds


def verify(*, since: int = 0, export: str = "", anchor: str = "") -> Report:
    """Look at all of the trail, or at what was sealed after link `since`; write nothing.

    One state of the database is looked at, in flat memory. Of each kind of problem or remark the
    first is told. `export`: a file to compare with; `anchor`: one with lines of checkpoints,
    instead of AUDIT_ANCHOR_FILE.
    """
    copies = copy_of(anchor or settings.AUDIT_ANCHOR_FILE), copy_of(export)
    signed_here, unreadable = memory.kept()
    report, broken_off = Report(), None
    with snapshot():
        for told, found in (
            (report.problems, wrong_links(report, since)),
            (report.problems, wrong_checkpoints(report, since)),
            (report.remarks, covered_late(since)),
            (report.problems, unsealed_for_long(report)),
            (report.problems, untold_deeds()),
            (report.problems, unguarded()),
            (report.problems, not_as_signed(signed_here, unreadable)),
            (report.problems, other_anchors(copies[0], report)),
            (report.problems, other_export(copies[1])),
        ):
            try:
                told.extend(islice(found, 1))
            except UNREADABLE as error:
                broken_off = error
        if broken_off:
            report.problems.insert(0, what_cannot_be_read(broken_off, report))
    return report


def what_cannot_be_read(error: Exception, report: Report) -> Problem:
    """Name the row at which a check has broken off; raise the error again if it is none, and
    nothing else was found.
    """
    if words := unreadable_row():
        return tampered(words)
    if not report.problems:
        raise error
    return unchecked(f"A check broke off ({error}); what the others found follows.")


def unguarded() -> Iterator[Problem]:
    if words := guard.words():
        yield tampered(words)


def not_as_signed(signed_here: list[memory.Facts], unreadable: str) -> Iterator[Problem]:
    """Compare with what this machine remembers of the checkpoint that it signed last."""
    if unreadable:
        yield unchecked(unreadable)
    elif words := memory.gone(signed_here):
        yield tampered(words)
