"""Mail through the server of EMAIL_URL; what never left is told from what may have arrived."""

from contextlib import suppress
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from mediajobs.remote.errors import NotSent, Rejected, Unclear

#: What a mail server says that may take the mail later.
LATER = range(400, 500)


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
