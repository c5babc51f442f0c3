"""webhook: show, register and remove the one webhook that an app has at the media API."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from mediajobs.management.account import account
from mediajobs.management.arguments import utf8
from mediajobs.management.choosing import app_named
from mediajobs.management.command import PanelCommand
from mediajobs.management.readiness import check_ready
from mediajobs.models import Credential
from mediajobs.remote import MediaError, Unclear
from mediajobs.services import webhooks
from mediajobs.services.audit import Actor


class Command(PanelCommand):
    help = (
        "Have the media API tell this panel of every job that ends. An app has room for one "
        "webhook: that of others is replaced on demand alone. Exit status: 0 done, 1 the media "
        "API failed or refused, or what it took could not be recorded, 2 wrong use, or the webhook "
        "of others is in the place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True, metavar="show|register|remove")
        for name, deed in DEEDS.items():
            one = deeds.add_parser(name, help=deed.__doc__)
            one.add_argument("--app", metavar="NAME", type=utf8, help="not the one of the settings")
            one.add_argument(
                "--url",
                type=utf8,
                metavar="https://panel.example.com",
                help="where the media API reaches the panel; else the first CSRF_TRUSTED_ORIGINS",
            )
            if name == "register":
                one.add_argument("--replace", action="store_true", help="also that of others")
            if name == "remove":
                one.add_argument("--foreign", action="store_true", help="also that of others")

    def handle(self, **options: Any) -> None:
        check_ready()
        app = app_named(options["app"]) if options["app"] else None
        try:
            self.stdout.write(DEEDS[options["deed"]](app, url(options["url"], app), options))
        except webhooks.NotAllowed as error:
            raise CommandError(str(error), returncode=2) from None
        except webhooks.NotRecorded as error:
            raise CommandError(str(error), returncode=1) from None
        except Unclear as error:
            words = "Look with “webhook show” whether anything has changed."
            raise CommandError(f"{error} {words}", returncode=1) from None
        except MediaError as error:
            raise CommandError(f"{error} Nothing was changed.", returncode=1) from None


def show(app: Credential | None, url: str, options: dict[str, Any]) -> str:
    """Tell where the deliveries go, and no secret."""
    present = webhooks.registered(app)
    if present is None:
        return "No webhook is registered."
    whose = "This panel's" if webhooks.is_ours(present, url) else "Not this panel's"
    return f"{whose}: {webhooks.described(present)}."


def register(app: Credential | None, url: str, options: dict[str, Any]) -> str:
    """Have every job that ends told to this panel."""
    if not url:
        words = "Say where the media API reaches the panel: --url https://panel.example.com."
        raise CommandError(words, returncode=2)
    by = Actor.from_shell(account())
    webhooks.register(app, url, by=by, instead_of_others=options.get("replace", False))
    return f"Registered: {url}."


def remove(app: Credential | None, url: str, options: dict[str, Any]) -> str:
    """Have nothing told any more."""
    by = Actor.from_shell(account())
    is_done = webhooks.remove(app, url, by=by, of_others=options.get("foreign", False))
    return "Removed." if is_done else "No webhook is registered."


DEEDS = {"show": show, "register": register, "remove": remove}


def url(given: str | None, app: Credential | None) -> str:
    """Write where deliveries of an app go, "" if nobody says where the panel is."""
    origins = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin]
    panel = given or next(iter(origins), "")
    return webhooks.url_of(panel, app) if panel else ""
