"""demo: the whole panel with a played media API, for a look; needs no account and no settings."""

import fcntl
import secrets
from argparse import SUPPRESS
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediajobs.management import panel
from mediajobs.management.arguments import port, whole_number
from mediajobs.management.commands.serve import collect_static
from mediajobs.management.demo_environment import HOST, check_environment, start_anew
from mediajobs.management.demo_labels import label_some
from mediajobs.management.processes import stop_on_signal
from mediajobs.services import sync, webhooks
from mediajobs.services.audit import Actor
from mediajobs.simulator import SimulatorServer, scenarios
from mediajobs.simulator.tokens import TOKEN_PATH

ROLES = {
    "viewer": "looks on",
    "operator": "requests cancellation of one job at a time",
    "bulk operator": "requests cancellation of many",
    "auditor": "reads the trail",
    "administrator": "does all of it, and manages users",
}


class Command(BaseCommand):
    help = (
        "Run the panel with a played media API until Ctrl-C. Every start begins with a fresh "
        "world and database under var/demo/; settings and .env are left aside."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port, default=8000)
        parser.add_argument("--jobs", type=job_count, default=600, metavar="N")
        # Given by the command to itself, when it starts anew in the demo's environment.
        parser.add_argument("--simulator-port", type=port, help=SUPPRESS)

    def handle(self, **options: Any) -> None:
        panel.check_port(HOST, options["port"])
        if options["simulator_port"] is None:
            arguments = ["demo", "--port", str(options["port"]), "--jobs", str(options["jobs"])]
            start_anew(arguments, token_path=TOKEN_PATH)
        check_environment()
        stop = stop_on_signal()
        with locked() as lock, played_api(options["jobs"], options["simulator_port"]):
            self.furnish(options["jobs"], options["port"])
            panel.run(
                panel.programs(HOST, options["port"], web_threads=8),
                address=(HOST, options["port"]),
                say=self.say,
                stop=stop,
                folder=settings.BASE_DIR,
                keep_open=(lock.fileno(),),
            )

    def furnish(self, job_count: int, port: int) -> None:
        """Make the database, its users, its jobs and the webhook; say who can sign in."""
        self.say(f"A fresh world of {job_count:,} jobs and a fresh database, as at every start …")
        wipe()
        call_command("migrate", verbosity=0)
        collect_static()
        passwords = {role: make_user(role) for role in ROLES}
        for _ in sync.discover():
            pass
        label_some()
        url = webhooks.url_of(f"http://{HOST}:{port}", None)
        webhooks.register(None, url, by=Actor.from_shell("demo"))
        self.say(f"\n{'user':<15} {'password':<10} who")
        for role, password in passwords.items():
            self.say(f"{username(role):<15} {password:<10} {ROLES[role]}")
        self.say("")

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


@contextmanager
def locked() -> Iterator[TextIO]:
    """Hold the demo's folder; the children inherit the lock, so the last one to end frees it."""
    with (settings.VAR_DIR / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sentence = "Another demo runs here, or is still ending. End it first."
            raise CommandError(sentence, returncode=2) from None
        yield lock


@contextmanager
def played_api(jobs: int, port: int) -> Iterator[None]:
    world = scenarios.demo(count=jobs)
    world.app_key = settings.DOLBYIO_APP_KEY
    world.app_secret = settings.DOLBYIO_APP_SECRET
    try:
        server = SimulatorServer(world, port)
    except OSError as refused:
        sentence = f"Port {port} was taken a moment ago ({refused.strerror}). Start again."
        raise CommandError(sentence, returncode=2) from None
    with server:
        yield


def wipe() -> None:
    """Throw away what the last demo left: its database, its queue and its clock."""
    folder = settings.VAR_DIR
    for pattern in ("panel.sqlite3*", "beat-schedule*", "queue/*.msg"):
        for left in folder.glob(pattern):
            left.unlink()


def make_user(role: str) -> str:
    """Make a member of staff with this role; give the password."""
    password = secrets.token_hex(4)
    user = User.objects.create_user(username(role), password=password, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return password


def username(role: str) -> str:
    return role.replace(" ", "-")


def job_count(text: str) -> int:
    return whole_number(text, 0, 100_000)
