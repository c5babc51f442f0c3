"""Carrying checkpoints to places outside the database, each of them until it has arrived."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from mediajobs import remote
from mediajobs.models import AuditAnchor, AuditCheckpoint, AuditKind
from mediajobs.models.append_only import sha256
from mediajobs.models.checkpoint import SIGNER
from mediajobs.services.audit.record import ENGINE, record
from mediajobs.services.audit.report import Verdict
from mediajobs.services.audit.verify_copies import checkpoint_in

logger = logging.getLogger(__name__)

#: So many at a time, and for so long, of what has gathered while a place was out of reach.
MOST = 1000
SECONDS = 20.0
#: How the name begins under which it is kept that a place has more than there is.
CUT = "Cut off from "
#: The end of a file has the newest checkpoint within so many bytes.
TAIL = 65536


def deliver() -> None:
    """Carry what has not arrived yet to each place of the settings; what fails is logged.

    No place is called by the machine: a container has another name each time.
    """
    file, url = settings.AUDIT_ANCHOR_FILE, settings.AUDIT_ANCHOR_URL
    puts: dict[str, Callable[[AuditCheckpoint], None]] = {}
    if file:
        place = str(Path(file).absolute())
        puts[place] = append
        AuditAnchor.objects.update_or_create(place=place, defaults={"number": newest_in(file)})
    if url:  # it may hold a password
        puts[f"URL:{sha256(url)[:16]}"] = post
    ours = {*puts, *(f"{CUT}{place}" for place in puts)}
    others = AuditAnchor.objects.exclude(Q(place__in=ours) | Q(place__startswith=SIGNER))
    if not puts:  # whoever names no place has named no other one
        others = others.exclude(place__startswith=CUT)
    others.exclude(problem="").update(problem="")
    for place, put in puts.items():
        carry(place, put)


def newest_in(file: str) -> int:
    """Read how far a file goes: others may add to it, and each machine may have one of its own."""
    try:
        with Path(file).open("rb") as there:
            there.seek(max(0, there.seek(0, os.SEEK_END) - TAIL))
            found = map(checkpoint_in, reversed(there.read().splitlines()))
            return next((record["number"] for record in found if record), 0)
    except OSError:  # which adding to it meets too, and tells
        return 0


def carry(place: str, put: Callable[[AuditCheckpoint], None], *, seconds: float = SECONDS) -> None:
    """Put the missing checkpoints there in order; the first that fails, and the end of the time,
    end it until next time.
    """
    anchor, _ = AuditAnchor.objects.get_or_create(place=place)
    ends_at = time.monotonic() + seconds
    start_again_if_ahead(anchor)
    problem = ""
    missing = AuditCheckpoint.objects.filter(number__gt=anchor.number).order_by("number")
    for checkpoint in missing[:MOST]:
        try:
            put(checkpoint)
        except (OSError, remote.MediaError) as error:
            problem = f"Checkpoint {checkpoint.number} did not reach {place}: {error}"
            logger.warning("%s (it is tried again with the next one)", problem)
            break
        anchor.number = checkpoint.number
        anchor.save(update_fields=["number"])
        if time.monotonic() >= ends_at:
            break
    anchor.problem = problem[:300]
    anchor.save()


def start_again_if_ahead(anchor: AuditAnchor) -> None:
    """Begin anew with a place that has more than there is, and say so until somebody has looked:
    until the settings name another place.
    """
    newest = AuditCheckpoint.objects.first()
    if newest and newest.number >= anchor.number:
        return
    words = (
        f"Checkpoint {anchor.number} had reached {anchor.place} and is not in the database any "
        "more. Compare them (audit_verify --anchor), keep the copy, and name another place in the "
        "settings: this is said until then."
    )
    anchor.number = 0
    told, _ = AuditAnchor.objects.get_or_create(place=f"{CUT}{anchor.place}")
    if told.problem != words[:300]:
        logger.error("%s", words)
        record_cut(told, words)


@transaction.atomic
def record_cut(told: AuditAnchor, words: str) -> None:
    """Keep the problem, and record it as what a look at the trail has found."""
    told.problem = words[:300]
    told.save()
    outcome = Verdict.TAMPERED.name.lower()
    record(AuditKind.TRAIL_VERIFIED, ENGINE, outcome=outcome, detail=words)


def append(checkpoint: AuditCheckpoint) -> None:
    """Add the line to the file and have it on the disk; a full disk may have cut off the last."""
    with Path(settings.AUDIT_ANCHOR_FILE).open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(checkpoint.line().encode())
        file.flush()
        os.fsync(file.fileno())


def post(checkpoint: AuditCheckpoint) -> None:
    remote.post_anchor(settings.AUDIT_ANCHOR_URL, checkpoint.line())
