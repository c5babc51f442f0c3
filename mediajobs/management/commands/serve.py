"""serve: the whole panel in one command, for a small installation."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediajobs.management import panel
from mediajobs.management.arguments import port, whole_number
from mediajobs.management.processes import stop_on_signal
from mediajobs.management.readiness import check_ready


class Command(BaseCommand):
    help = (
        "Run web server, worker and clock together until Ctrl-C; one that dies is started again. "
        "Exit status: 0 ended as asked, 1 one of them cannot be kept alive, 2 wrong use."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for all of this machine")
        parser.add_argument("--web-threads", type=threads, default=8, metavar="N")

    def handle(self, **options: Any) -> None:
        stop = stop_on_signal()
        host, port = options["host"], options["port"]
        panel.check_port(host, port)
        check_ready()
        self.check()  # says the warnings
        collect_static()
        panel.run(
            panel.programs(host, port, options["web_threads"]),
            address=(host, port),
            say=self.say,
            stop=stop,
            folder=settings.BASE_DIR,
        )

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def collect_static() -> None:
    """Put the stylesheets and scripts where the web server finds them."""
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
    except OSError as refused:
        sentence = f"{settings.STATIC_ROOT} cannot be written ({refused.strerror})."
        raise CommandError(sentence, returncode=2) from None


def threads(text: str) -> int:
    return whole_number(text, 1, 200)
