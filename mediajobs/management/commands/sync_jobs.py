"""sync_jobs: fill the table from the remote's list of jobs."""

import json
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from mediajobs.management.arguments import duration
from mediajobs.management.choosing import app_named
from mediajobs.management.command import PanelCommand
from mediajobs.management.progress import Progress
from mediajobs.management.readiness import check_ready
from mediajobs.models import Credential
from mediajobs.remote import MediaError
from mediajobs.services import sync

#: Seconds before another try: a worker looks for new jobs too, every ten seconds and briefly.
WAITS = (1.0, 2.0)


class Command(PanelCommand):
    help = (
        "Read what is new in the media API's list of jobs (of the last 31 days) into the panel. "
        "Exit status: 0 all read, 1 an app could not be read to the end, 2 wrong use, "
        "3 done, but the report could not be written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=duration, metavar="31d", help="read all jobs of so long anew"
        )
        parser.add_argument(
            "--app", metavar="NAME", help="of this app only, or “settings”; without it, of all"
        )
        parser.add_argument("--json", action="store_true", help="report for machines")

    def handle(self, **options: Any) -> None:
        check_ready()
        self.job_count = self.new_count = 0
        self.progress = Progress(self.stderr)
        try:
            unread = self.walk(options)
        except KeyboardInterrupt:
            self.progress.end()
            sentence = f"Stopped. {self.so_far()}"
            raise CommandError(sentence, returncode=130) from None
        self.progress.end()
        self.report(for_machines=options["json"])
        if unread:
            raise CommandError("\n".join([*unread, self.so_far()]), returncode=1)

    def walk(self, options: dict[str, Any]) -> list[str]:
        """Read app by app; say of those that could not be read to the end why not."""
        unread = []
        for app in [app_named(options["app"])] if options["app"] else Credential.apps():
            name = f"App “{app}”" if app else "The app of the settings"
            try:
                if options["since"]:
                    self.walk_since(app, options["since"])
                else:
                    self.walk_new(app)
            except MediaError as error:
                unread.append(f"{name}: {error} Check the DOLBYIO_ settings.")
            except sync.AnotherWalk as error:
                unread.append(f"{name}: {error}")
        return unread

    def walk_since(self, app: Credential | None, since: timedelta) -> None:
        """Read all that was submitted within this time, whatever was read before."""
        submitted_after = timezone.now() - since
        for counts in sync.discover(credential=app, submitted_after=submitted_after):
            self.add(*counts)

    def walk_new(self, app: Credential | None, waits: tuple[float, ...] = WAITS) -> None:
        """Read what is new; where another walk is at work, wait a moment for its end."""
        job_count = new_count = 0
        try:
            for state in sync.discover_new(app):
                self.add(state.job_count - job_count, state.new_count - new_count)
                job_count, new_count = state.job_count, state.new_count
        except sync.AnotherWalk:
            if not waits:
                raise
            time.sleep(waits[0])
            self.walk_new(app, waits[1:])

    def add(self, job_count: int, new_count: int) -> None:
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
