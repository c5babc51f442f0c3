"""cancel_jobs: request cancellation of jobs, one or thousands, and wait for the end if asked."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import QuerySet

from mediajobs import health
from mediajobs.management.account import account
from mediajobs.management.arguments import duration, media_path, utf8
from mediajobs.management.choosing import chosen
from mediajobs.management.command import PanelCommand
from mediajobs.management.processes import stop_on_signal
from mediajobs.management.progress import Progress
from mediajobs.management.readiness import check_ready
from mediajobs.management.waiting import needs_a_person, wait_for_end
from mediajobs.models import AttemptState, BatchState, CancelBatch, Job, ReasonCategory
from mediajobs.models.attempt import PROBLEM_STATES
from mediajobs.models.forecast import forecast, with_prospect
from mediajobs.models.job import ACTIVE_STATUSES
from mediajobs.services import cancel
from mediajobs.services.audit import Actor

BAD_STATES = (*PROBLEM_STATES, AttemptState.NOT_SENT)
MOST_LISTED = 20


class Command(PanelCommand):
    help = (
        "Request cancellation of jobs: of those named by id, or of all that match --status and "
        "its filters. Exit status: 0 all done (or, without --wait, released to the workers; a "
        "filter may match nothing), 1 some items ended badly, 2 wrong use: nothing was requested, "
        "3 done, but the report could not be written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="job ids, whole")
        parser.add_argument("--status", choices=[str(status) for status in ACTIVE_STATUSES])
        parser.add_argument("--path", type=media_path, metavar="/media/transcode")
        parser.add_argument("--app", metavar="NAME", help="of this app only, or “settings”")
        parser.add_argument("--older-than", type=duration, metavar="2h")
        parser.add_argument("--reason", type=utf8, required=True, help="why, for the record")
        parser.add_argument("--category", choices=ReasonCategory.values, default="other")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--wait", action="store_true", help="until every item has ended")
        parser.add_argument("--json", action="store_true", help="report for machines")

    def handle(self, **options: Any) -> None:
        check_ready()
        self.is_for_machines = options["json"]
        jobs, selection = chosen(options)
        if not jobs.exists():
            self.report({"batch": None, "jobs": 0}, f"No job matches ({selection}).")
        elif options["dry_run"]:
            self.foretell(jobs, selection, options)
        else:
            inline = options["wait"] and not health.worker().is_well
            batch = release(jobs, selection, options, inline=inline)
            self.done = f"Cancellation {batch.pk} is released, and stays so."
            self.see_to_the_end(batch) if options["wait"] else self.tell_release(batch)

    def foretell(self, jobs: QuerySet[Job], selection: str, options: dict[str, Any]) -> None:
        """Say what would happen: do it all but the sending, and undo it."""
        with transaction.atomic():
            batch = release(jobs, selection, options, inline=True)
            found = forecast(batch)
            items = with_prospect(batch.attempts.all()).values_list("remote_id", "prospect")
            facts = {"batch": None, "jobs": batch.frozen_count, "counts": found.counts}
            facts["items"] = [{"job_id": job, "prospect": what} for job, what in items]
            transaction.set_rollback(True)
        lines = [f"{count:>9,}  {words}" for _, words, count in found.rows()]
        title = f"Of {batch.size_words} ({selection}); nothing was requested:"
        self.report(facts, "\n".join([title, *lines]))

    def tell_release(self, batch: CancelBatch) -> None:
        worker = health.worker()
        if not worker.is_well:
            self.stderr.write(worker.words)
        sentence = f"Cancellation {batch.pk} of {batch.size_words} is released."
        self.report(facts_of(batch), sentence)

    def see_to_the_end(self, batch: CancelBatch) -> None:
        stop = stop_on_signal()
        wait_for_end(batch, Progress(self.stderr), stop)
        sentence = f"Cancellation {batch.pk} is {batch.get_state_display().lower()}: "
        self.report(
            facts_of(batch) | {"items": items_of(batch)}, sentence + f"{batch.outcome_words()}."
        )
        if batch.has_ended:
            self.complain(batch)
        elif needs_a_person(batch):
            words = f"Paused: {batch.pause_reason} It goes on when somebody resumes it."
            raise CommandError(words, returncode=1)
        else:
            raise CommandError(left_words(batch), returncode=130)

    def complain(self, batch: CancelBatch) -> None:
        """Name the items that ended badly, if any; exit status 1."""
        bad = batch.attempts.filter(state__in=BAD_STATES)
        count = bad.count()
        if not count and batch.state == BatchState.FINISHED:
            return
        for attempt in [] if self.is_for_machines else bad[:MOST_LISTED]:
            self.stderr.write(
                f"{attempt.remote_id}  {attempt.get_state_display()}: {attempt.detail}"
            )
        raise CommandError(f"{count:,} of {batch.frozen_count:,} ended badly.", returncode=1)

    def report(self, facts: dict[str, Any], words: str) -> None:
        self.deliver(json.dumps(facts) if self.is_for_machines else words, done=words)


def release(
    jobs: QuerySet[Job], selection: str, options: dict[str, Any], *, inline: bool
) -> CancelBatch:
    """Draft and confirm in one transaction; CommandError (exit status 2) leaves nothing behind."""
    by = Actor.from_shell(account())
    why = {"category": options["category"], "reason": options["reason"]}
    try:
        return cancel.release(jobs, by=by, selection=selection, inline=inline, **why)
    except ValidationError as error:
        sentence = f"{' '.join(error.messages)} Nothing was requested."
        raise CommandError(sentence, returncode=2) from None


def facts_of(batch: CancelBatch) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "state": batch.state,
        "jobs": batch.frozen_count,
        "counts": batch.counts(),
    }


def items_of(batch: CancelBatch) -> list[dict[str, Any]]:
    """List the items as they are now, for machines."""
    columns = ("state", "remote_status", "detail")
    rows = batch.attempts.values("remote_id", *columns)
    return [{"job_id": row.pop("remote_id"), **row} for row in rows]


def left_words(batch: CancelBatch) -> str:
    worker = health.worker()
    goes_on = "goes on." if worker.is_well else f"goes on if a worker does. {worker.words}"
    return (
        f"Stopped waiting. Cancellation {batch.pk} {goes_on} To send nothing more, "
        "open it in the panel and abort it."
    )
