"""Verifying: whether the trail is whole, and if not, which row is wrong and what about it."""

from collections.abc import Iterator

from django.conf import settings

from mediajobs import guard
from mediajobs.services.audit.report import Problem, Report, tampered
from mediajobs.services.audit.snapshot import snapshot
from mediajobs.services.audit.verify_checkpoints import wrong_checkpoints
from mediajobs.services.audit.verify_copies import copy_of, other_anchors, other_export
from mediajobs.services.audit.verify_links import wrong_links
from mediajobs.services.audit.verify_tables import unsealed_for_long, untold_deeds


def verify(*, since: int = 0, export: str = "", anchor: str = "") -> Report:
    """Look at all of the trail, or at what was sealed after link `since`; write nothing.

    One state of the database is looked at, in flat memory. Of each kind of problem the first is
    told. `export`: a file to compare with; `anchor`: one with lines of checkpoints, instead of
    AUDIT_ANCHOR_FILE.
    """
    copies = copy_of(anchor or settings.AUDIT_ANCHOR_FILE), copy_of(export)
    report = Report()
    with snapshot():
        for problems in (
            wrong_links(report, since),
            wrong_checkpoints(report, since),
            unsealed_for_long(report),
            untold_deeds(),
            unguarded(),
            other_anchors(copies[0]),
            other_export(copies[1]),
        ):
            report.problems += [problem for problem in [next(problems, None)] if problem]
    return report


def unguarded() -> Iterator[Problem]:
    if words := guard.words():
        yield tampered(words)
