"""audit_verify: show that nothing in the trail was changed, removed or slipped in."""

import json
from functools import partial
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError

from mediajobs.health import DATABASE_FAILURES
from mediajobs.log_lines import escaped
from mediajobs.management.account import account
from mediajobs.management.arguments import whole_number
from mediajobs.management.command import PanelCommand
from mediajobs.services import audit
from mediajobs.services.audit import Actor, Report, Verdict

HEADS = {
    Verdict.SOUND: "The trail is sound.",
    Verdict.TAMPERED: "The trail was TAMPERED with.",
    Verdict.LAGGING: "What is sealed is sound, but sealing lags behind.",
    Verdict.UNCHECKED: "The trail could not be checked in full.",
}


class Command(PanelCommand):
    help = (
        "Check every event, link and checkpoint of the trail, and the trail against the tables, "
        "without writing; then record who verified it and what came of it. "
        "Exit status: 0 sound, 1 tampered with, 2 lagging, 3 could not be checked, or wrong use."
    )

    def create_parser(self, *names: Any, **options: Any) -> CommandParser:
        """Let wrong use end with 3: the usual 2 says that sealing lags."""
        parser = super().create_parser(*names, **options)
        parser.error = partial(end_unchecked, parser)
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=link, default=0, metavar="SEQ", help="only what came after this link"
        )
        parser.add_argument("--json", action="store_true", help="report for machines")
        parser.add_argument(
            "--export", default="", metavar="FILE", help="an export to check and to compare with"
        )
        parser.add_argument(
            "--anchor",
            default="",
            metavar="FILE",
            help="a log or file with checkpoints to compare with, instead of AUDIT_ANCHOR_FILE",
        )
        parser.add_argument("--no-record", action="store_true", help="leave no event of it")

    def handle(self, **options: Any) -> None:
        """Verify; whatever breaks ends with 3, since 1 says that somebody tampered."""
        try:
            self.verify(options)
        except CommandError:
            raise
        except Exception as error:
            sentence = f"The check itself broke off. {type(error).__name__}: {error}"
            raise CommandError(escaped(sentence), returncode=Verdict.UNCHECKED) from error

    def verify(self, options: dict[str, Any]) -> None:
        if settings.ENVIRONMENT_PROBLEMS:
            sentence = "\n".join(["Settings are wrong:", *settings.ENVIRONMENT_PROBLEMS])
            raise CommandError(sentence, returncode=Verdict.UNCHECKED)
        names = ("since", "export", "anchor")
        try:
            report = audit.verify(**{name: options[name] for name in names})
        except DatabaseError as error:
            sentence = f"The database cannot be read: {str(error).strip()}"
            raise CommandError(sentence, returncode=Verdict.UNCHECKED) from None
        unrecorded = "" if options["no_record"] else recorded(report, options["since"])
        if unrecorded:
            self.stderr.write(unrecorded)
        text = json.dumps(report.facts()) if options["json"] else told(report)
        self.deliver(text, done=HEADS[report.verdict])
        if report.verdict:
            raise SystemExit(report.verdict)


def end_unchecked(parser: CommandParser, message: str) -> NoReturn:
    parser.exit(Verdict.UNCHECKED, f"{parser.format_usage()}Nothing was checked: {message}\n")


def recorded(report: Report, since: int) -> str:
    """Record the verification; where that cannot be done, say so: what was found stands."""
    try:
        audit.record_verification(report, by=Actor.from_shell(account()), since=since)
    except DATABASE_FAILURES as error:
        return f"That the trail was verified could not be recorded: {str(error).strip()}"
    return ""


def told(report: Report) -> str:
    lines = [HEADS[report.verdict], *(f"- {problem.words}" for problem in report.problems)]
    lines.append(
        f"{report.event_count:,} events looked at, up to link {report.last_seq:,}; "
        f"{report.checkpoint_count:,} checkpoints, {report.signed_count:,} of them signed; "
        f"{report.unsealed_count:,} events not sealed yet."
    )
    if report.compared_count:
        lines.append(f"{report.compared_count:,} checkpoints compared with a copy.")
    lines += report.remarks
    if report.longest_gap_seconds > 600:
        lines.append(f"Longest time without a checkpoint: {report.longest_gap_seconds // 60} min.")
    return "\n".join(lines)


def link(text: str) -> int:
    return whole_number(text, 0, 10**18)
