"""sync_jobs: fill the table from the remote's list of jobs."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from mediajobs.management.arguments import duration
from mediajobs.management.command import PanelCommand
from mediajobs.management.progress import Progress
from mediajobs.management.readiness import check_ready
from mediajobs.remote import MediaError
from mediajobs.services import sync


class Command(PanelCommand):
    help = (
        "Read the media API's list of jobs (of the last 31 days) into the panel's table. "
        "Exit status: 0 all read, 1 the media API could not be read to the end, 2 wrong use, "
        "3 done, but the report could not be written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=duration, metavar="31d", help="jobs submitted within this time only"
        )
        parser.add_argument("--json", action="store_true", help="report for machines")

    def handle(self, **options: Any) -> None:
        check_ready()
        self.job_count = self.new_count = 0
        self.progress = Progress(self.stderr)
        try:
            self.walk(options)
        except MediaError as error:
            self.progress.end()
            sentence = f"{error} Check the DOLBYIO_ settings. {self.so_far()}"
            raise CommandError(sentence, returncode=1) from None
        except KeyboardInterrupt:
            self.progress.end()
            sentence = f"Stopped. {self.so_far()}"
            raise CommandError(sentence, returncode=130) from None
        self.progress.end()
        self.report(for_machines=options["json"])

    def walk(self, options: dict[str, Any]) -> None:
        since = options["since"]
        submitted_after = timezone.now() - since if since else None
        for job_count, new_count in sync.discover(submitted_after=submitted_after):
            self.job_count += job_count
            self.new_count += new_count
            self.done = self.so_far()
            self.progress.show(f"{self.counts()} …")

    def report(self, *, for_machines: bool) -> None:
        words = f"{self.counts()}."
        facts = {"read": self.job_count, "new": self.new_count}
        self.deliver(json.dumps(facts) if for_machines else words, done=words)

    def counts(self) -> str:
        return f"Jobs read: {self.job_count:,}, of them new: {self.new_count:,}"

    def so_far(self) -> str:
        return f"Read and stored by then: {self.job_count:,}."
