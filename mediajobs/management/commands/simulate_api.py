"""simulate_api: play the media API on this machine, so that the panel has something to talk to."""

from argparse import ArgumentTypeError
from contextlib import ExitStack
from math import isfinite
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediajobs.management.arguments import whole_number
from mediajobs.management.processes import stop_on_signal
from mediajobs.simulator import FAULTS, SimulatorServer, World, scenarios
from mediajobs.simulator.control import Control
from mediajobs.simulator.faults import check
from mediajobs.simulator.journal import WrittenJournal
from mediajobs.simulator.tokens import TOKEN_PATH

MOST_JOBS = 1_000_000


class Command(BaseCommand):
    help = "Play the media API on 127.0.0.1 until Ctrl-C. Faults: " + "; ".join(
        f"{name} ({meaning})" for name, meaning in FAULTS.items()
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port, default=8077, help="0 takes a free one")
        parser.add_argument("--jobs", type=job_count, default=600, metavar="N")
        parser.add_argument("--active", action="store_true", help="all jobs wait or run, for ever")
        parser.add_argument("--latency", type=seconds, default=0.0, metavar="SECONDS")
        parser.add_argument("--fault", type=fault, action="append", metavar="NAME=RATE")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same jobs")
        parser.add_argument("--token", help="accept this Bearer token")
        parser.add_argument("--app-key", help="give out tokens for this key only")
        parser.add_argument("--app-secret")
        parser.add_argument(
            "--journal", type=Path, metavar="FILE", help="write a line of JSON for every request"
        )
        parser.add_argument(
            "--control",
            action="store_true",
            help="let anybody on this machine change the world, below /control/ (for drills)",
        )

    def handle(self, **options: Any) -> None:
        if bool(options["app_key"]) != bool(options["app_secret"]):
            raise CommandError("Give --app-key and --app-secret together.", returncode=2)
        world = build_world(options)
        stop = stop_on_signal()
        with ExitStack() as stack:
            if options["journal"]:
                world.journal = WrittenJournal(stack.enter_context(opened(options["journal"])))
            server = stack.enter_context(serve(world, options))
            self.introduce(server, world)
            stop.wait()

    def introduce(self, server: SimulatorServer, world: World) -> None:
        self.stdout.write(f"The media API is played at {server.url}, {len(world.jobs)} jobs.")
        self.stdout.write("To point the panel at it, put these lines into .env:\n\n")
        self.stdout.write(f"DOLBYIO_API_URL={server.url}")
        self.stdout.write(f"DOLBYIO_AUTH_URL={server.url}{TOKEN_PATH}")
        if world.app_key:
            self.stdout.write(f"DOLBYIO_APP_KEY={world.app_key}")
            self.stdout.write(f"DOLBYIO_APP_SECRET={world.app_secret}")
        else:
            self.stdout.write(f"DOLBYIO_API_TOKEN={world.static_token or 'simulated'}")
        self.stdout.write("\nCtrl-C ends it.")
        self.stdout.flush()


def opened(file: Path) -> TextIO:
    try:
        return file.open("w")
    except OSError as refused:
        sentence = f"{file} cannot be written ({refused.strerror}). Choose another --journal."
        raise CommandError(sentence, returncode=2) from None


def serve(world: World, options: dict[str, Any]) -> SimulatorServer:
    try:
        return SimulatorServer(Control(world) if options["control"] else world, options["port"])
    except OSError as refused:
        sentence = f"Port {options['port']} cannot be opened ({refused.strerror}). "
        raise CommandError(sentence + "Choose another --port.", returncode=2) from None


def build_world(options: dict[str, Any]) -> World:
    scenario = scenarios.active if options["active"] else scenarios.demo
    world = scenario(count=options["jobs"], seed=options["seed"])
    world.latency = options["latency"]
    world.faults = dict(options["fault"] or [])
    world.static_token = options["token"]
    world.app_key, world.app_secret = options["app_key"], options["app_secret"]
    return world


def port(text: str) -> int:
    """Read a port; here 0 means any free one."""
    return whole_number(text, 0, 65535)


def job_count(text: str) -> int:
    return whole_number(text, 0, MOST_JOBS)


def seconds(text: str) -> float:
    sentence = f"{text!r} is not a number of seconds, such as 0.05."
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(sentence) from None
    if not isfinite(number) or number < 0:
        raise ArgumentTypeError(sentence)
    return number


def fault(text: str) -> tuple[str, float]:
    name, _, rate = text.partition("=")
    try:
        pair = name, float(rate)
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: write a fault as NAME=RATE, lost=0.1.") from None
    try:
        check(*pair)
    except ValueError as wrong:
        raise ArgumentTypeError(str(wrong)) from None
    return pair
