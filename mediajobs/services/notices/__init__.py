"""Notices: written with what happens, sent by workers, sent again when somebody asks for it."""

from mediajobs.services.notices.again import send_again
from mediajobs.services.notices.deliver import send_due
from mediajobs.services.notices.targets import mail_obstacle
from mediajobs.services.notices.tell import tell, tell_paused, tell_unconfirmed

__all__ = [
    "mail_obstacle",
    "send_again",
    "send_due",
    "tell",
    "tell_paused",
    "tell_unconfirmed",
]
