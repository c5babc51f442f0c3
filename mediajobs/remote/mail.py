"""Mail through the server of EMAIL_URL; what never left is told from what may have arrived."""

import socket
import threading
from contextlib import suppress
from email.utils import parseaddr
from smtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from mediajobs.remote.errors import NotSent, Rejected, Unclear

#: What a mail server says that may take the mail later.
LATER = range(400, 500)
#: A conversation that takes so many seconds in all is cut off; EMAIL_TIMEOUT is for each line.
WHOLE = 30.0


class TimedMixin:
    """Cuts off a conversation of smtplib that takes too long in all."""

    def __init__(self, *words: Any, **options: Any) -> None:
        self._alarm = threading.Timer(WHOLE, self._cut_off)
        self._alarm.daemon = True
        self._alarm.start()
        super().__init__(*words, **options)

    def close(self) -> None:
        self._alarm.cancel()
        super().close()

    def _cut_off(self) -> None:
        connection: socket.socket | None = getattr(self, "sock", None)
        if connection:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class TimedBackend(EmailBackend):
    """Django's own, with an end to each conversation."""

    @property
    def connection_class(self) -> type[SMTP]:
        kind = super().connection_class
        return type(f"Timed{kind.__name__}", (TimedMixin, kind), {})


def send(address: str, *, subject: str, text: str, key: str) -> None:
    """Hand one mail to the server; its message id comes from `key`.

    Raises NotSent when the server cannot take it now, Rejected when it does not take it at all,
    Unclear when it broke off and may have taken it.
    """
    if not settings.MAIL_IS_CONFIGURED:
        raise NotSent("No mail server is set: EMAIL_URL is empty.")
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {"Message-ID": f"<{key}@{domain}>", "Auto-Submitted": "auto-generated"}
    connection = get_connection()
    message = EmailMessage(subject, text, to=[address], headers=headers, connection=connection)
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        raise NotSent(f"The mail server cannot be used ({type(error).__name__}).") from error
    try:
        message.send()
    except (SMTPResponseException, SMTPRecipientsRefused) as error:
        raise refusal(code_of(error)) from error
    except (OSError, SMTPException) as error:
        raise Unclear("The mail server broke off: it may have taken the mail or not.") from error
    finally:
        # Whatever becomes of the goodbye, the mail was taken or not by then.
        with suppress(OSError):
            connection.close()


def code_of(error: SMTPResponseException | SMTPRecipientsRefused) -> int:
    """Give the code of an answer; there is one recipient."""
    if isinstance(error, SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code


def refusal(code: int) -> NotSent | Rejected:
    if code in LATER:
        return NotSent(f"The mail server does not take the mail now ({code}).")
    return Rejected(f"The mail server does not take the mail ({code}).")
