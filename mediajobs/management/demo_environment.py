"""The environment in which the demo runs: its own folder and the played media API, no .env."""

import os
import secrets
import socket
import sys
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.core.management.base import CommandError

HOST = "127.0.0.1"
FOLDER_NAME = "demo"  # under var/
#: Programs that the demo starts would read these too.
FOREIGN_PREFIXES = ("CELERY_", "DJANGO_", "GUNICORN_")


def start_anew(arguments: list[str], *, token_path: str) -> NoReturn:
    """Become the same command in the demo's own environment, with a port for the played API."""
    port = free_port()
    folder = settings.VAR_DIR / FOLDER_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        environment = make_environment(folder, f"http://{HOST}:{port}", token_path)
    except OSError as refused:
        sentence = f"{folder} cannot be written ({refused.strerror})."
        raise CommandError(sentence, returncode=2) from None
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    sys.stdout.flush()
    os.execve(sys.executable, [*command, "--simulator-port", str(port)], environment)  # noqa: S606


def make_environment(folder: Path, api_url: str, token_path: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in settings.ENVIRONMENT_NAMES and not name.startswith(FOREIGN_PREFIXES)
    }
    return kept | {
        "ENV_FILE": os.devnull,
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        "VAR_DIR": str(folder),
        "SECRET_KEY": secret_key(folder / "secret-key"),
        "DOLBYIO_API_URL": api_url,
        "DOLBYIO_AUTH_URL": api_url + token_path,
        "DOLBYIO_APP_KEY": "demo-key",
        "DOLBYIO_APP_SECRET": "demo-secret",
        "MEDIA_WEBHOOK_SECRETS": secrets.token_hex(32),
    }


def secret_key(file: Path) -> str:
    """Keep one in the demo's folder, for nobody else to read."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50))
    return file.read_text()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def check_environment() -> None:
    """Raise CommandError unless what would be wiped is the demo's own."""
    folders = (settings.VAR_DIR.name, Path(settings.DATABASES["default"].get("NAME", "")).parent)
    if folders != (FOLDER_NAME, settings.VAR_DIR):
        raise CommandError("Leave --simulator-port to the demo itself.", returncode=2)
