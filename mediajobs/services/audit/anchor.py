"""Carrying checkpoints to places outside the database, each of them until it has arrived."""

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from mediajobs import remote
from mediajobs.models import AuditAnchor, AuditCheckpoint
from mediajobs.models.append_only import sha256

logger = logging.getLogger(__name__)

#: So many at a time, of what has gathered while a place was out of reach.
MOST = 1000


def deliver() -> None:
    """Carry what has not arrived yet to each place of the settings; what fails is logged."""
    file, url = settings.AUDIT_ANCHOR_FILE, settings.AUDIT_ANCHOR_URL
    if file:
        carry(f"{socket.gethostname()}:{Path(file).absolute()}", append)
    if url:  # it may hold a password
        carry(f"URL:{sha256(url)[:16]}", post)


def carry(place: str, put: Callable[[AuditCheckpoint], None]) -> None:
    """Put the missing checkpoints there in order; the first that fails ends it until next time."""
    anchor, _ = AuditAnchor.objects.get_or_create(place=place)
    missing = AuditCheckpoint.objects.filter(number__gt=anchor.number).order_by("number")
    anchor.problem = ""
    for checkpoint in missing[:MOST]:
        try:
            put(checkpoint)
        except (OSError, remote.MediaError) as error:
            anchor.problem = f"Checkpoint {checkpoint.number} did not reach {place}: {error}"
            logger.warning("%s (it is tried again with the next one)", anchor.problem)
            break
        anchor.number = checkpoint.number
    anchor.problem = anchor.problem[:300]
    anchor.save()


def append(checkpoint: AuditCheckpoint) -> None:
    """Add the line to the file and have it on the disk."""
    with Path(settings.AUDIT_ANCHOR_FILE).open("a", encoding="utf-8") as file:
        file.write(checkpoint.line())
        file.flush()
        os.fsync(file.fileno())


def post(checkpoint: AuditCheckpoint) -> None:
    remote.post_anchor(settings.AUDIT_ANCHOR_URL, checkpoint.line())
