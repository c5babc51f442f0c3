"""Cancelling: the verbs that the doors call. One job and ten thousand take the same path."""

from mediajobs.services.cancel.confirm import check_confirmer, confirm
from mediajobs.services.cancel.draft import discard, draft, drop_forgotten, retry
from mediajobs.services.cancel.now import cancel_now
from mediajobs.services.cancel.release import foretell, release
from mediajobs.services.cancel.rescue import pick_up, rescue
from mediajobs.services.cancel.run import run
from mediajobs.services.cancel.steer import abort, pause, resume
from mediajobs.services.cancel.verify import verify

__all__ = [
    "abort",
    "cancel_now",
    "check_confirmer",
    "confirm",
    "discard",
    "draft",
    "drop_forgotten",
    "foretell",
    "pause",
    "pick_up",
    "release",
    "rescue",
    "resume",
    "retry",
    "run",
    "verify",
]
