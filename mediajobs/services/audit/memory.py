"""What was signed last on this machine, remembered where no password of the database reaches."""

import json
import logging
import os
import socket
import threading
from pathlib import Path
from typing import Any

from django.conf import settings

from mediajobs.models import AuditAnchor, AuditCheckpoint
from mediajobs.models.append_only import as_line
from mediajobs.models.checkpoint import SIGNER

logger = logging.getLogger(__name__)

FILE_NAME = "last-signed.json"
FACTS = {"number": int, "seq": int, "digest": str}
Facts = dict[str, Any]
GONE = "which was signed here, is not in the database any more as it was"
#: The last checkpoint that this process has signed; {} before the first.
signed: Facts = {}
one_at_a_time = threading.Lock()


def file() -> Path:
    return Path(settings.VAR_DIR) / FILE_NAME


def remember(made: AuditCheckpoint) -> None:
    """Keep a checkpoint that was signed here, once it is committed; signing is in order then.

    Two threads may come here in another order than they signed in.
    """
    with one_at_a_time:
        if made.number >= signed.get("number", 0):
            signed.update({name: getattr(made, name) for name in FACTS})
            write_down()


def write_down() -> None:
    beside = file().with_suffix(f".{os.getpid()}")
    try:
        beside.write_text(as_line(signed), encoding="ascii")
        beside.chmod(0o644)  # whoever else signs or verifies here reads it; it holds no secret
        beside.replace(file())
    except OSError as error:
        logger.warning("%s could not be written: %s", file(), error)


def forget() -> None:
    signed.clear()


def kept() -> tuple[list[Facts], str]:
    """Read from the file what was signed last here, or [], and say why it cannot be read, or ""."""
    try:
        facts = json.loads(file().read_text(encoding="ascii"))
        return [{name: kind(facts[name]) for name, kind in FACTS.items()}], ""
    except FileNotFoundError:
        return [], ""
    except (OSError, KeyError, TypeError, ValueError) as error:
        return [], f"{file()} cannot be read ({error}). Mend its rights, or remove it."


def contradiction() -> str:
    """Say that what was signed here is not in the table any more as it was, or ""."""
    known, unreadable = kept()
    return unreadable or gone([*known, dict(signed)] if signed else known)


def gone(known: list[Facts]) -> str:
    """Say which of these is not in the table any more as it was, or ""."""
    for facts in known:
        if not AuditCheckpoint.objects.filter(**facts).exists():
            return (
                f"Checkpoint {facts['number']}, {GONE}: nothing more is signed. Find out why; if "
                f"the database was restored on purpose, remove {file()} and start the workers "
                "anew."
            )
    return ""


def is_gone(refusal: str) -> bool:
    return GONE in refusal


def tell_the_health_page(refusal: str) -> None:
    """Have it fail for as long as no checkpoint is made, by this machine or another: one whose
    name is gone, as a container's, would have the last word for ever.
    """
    if refusal:
        AuditAnchor.objects.update_or_create(place=place(), defaults={"problem": refusal[:300]})
    else:
        refused = AuditAnchor.objects.filter(place__startswith=SIGNER).exclude(problem="")
        refused.update(problem="")


def place() -> str:
    return f"{SIGNER}{socket.gethostname()}:{file()}"
