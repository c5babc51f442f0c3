"""The whole panel as programs: web server, worker and clock."""

import socket
import sys
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event

from django.core.management.base import CommandError

from mediajobs.log_lines import escaped
from mediajobs.management.processes import Children, KeepsDyingError, Program

LOOK_SECONDS = 0.3


def check_port(host: str, port: int) -> None:
    """Raise CommandError (exit status 2) unless a server could listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except (OSError, UnicodeError) as refused:
        why = refused.strerror if isinstance(refused, OSError) else "it is no name of a host"
        sentence = f"Port {port} of {escaped(host)} cannot be opened ({why}). "
        raise CommandError(sentence + "Choose another --port or --host.", returncode=2) from None


def programs(host: str, port: int, web_threads: int) -> list[Program]:
    """Name the commands; one web process, since its threads share the pace of calls."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    gunicorn = ["gunicorn", "mediajobs.wsgi:application", "--bind", bind, "--workers", "1"]
    gunicorn += ["--worker-class", "gthread", "--threads", str(web_threads)]
    gunicorn += ["--no-control-socket", "--graceful-timeout", "3", "--log-level", "warning"]
    celery = ["celery", "--quiet", "-A", "mediajobs"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "WARNING"]
    commands = {"web": gunicorn, "worker": worker, "beat": beat}
    return [Program(name, [sys.executable, "-m", *command]) for name, command in commands.items()]


def run(
    them: list[Program],
    *,
    address: tuple[str, int],
    say: Callable[[str], object],
    stop: Event,
    folder: Path,
    keep_open: tuple[int, ...] = (),
) -> None:
    """Run the programs until `stop`; say where the panel is once it really answers.

    Raises CommandError (exit status 1) when one of them cannot be kept alive. `keep_open` are
    files that the children inherit.
    """
    if stop.is_set():
        return
    host, port = address
    is_announced = False
    try:
        with Children(them, say, folder=folder, pass_fds=keep_open) as children:
            while not stop.wait(LOOK_SECONDS):
                children.look_after()
                if not is_announced and answers(host, port):
                    say(f"The panel is at http://{host_in_url(host)}:{port}/ – Ctrl-C ends it.")
                    is_announced = True
    except KeepsDyingError as error:
        raise CommandError(f"{error} Its last lines above say why.", returncode=1) from None


def host_in_url(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - named, not bound
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def answers(host: str, port: int) -> bool:
    """Whether a web server answers there at all."""
    connection = HTTPConnection(host, port, timeout=1)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()
