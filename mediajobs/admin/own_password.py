"""Wrong guesses at the own password of somebody signed in, who may be somebody else by now."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mediajobs.services import accounts
from mediajobs.services.audit import Actor

#: Where a session counts them.
COUNT = "wrong_passwords"
SIGNED_OUT = (
    "The old password was wrong {count} times, so that you are signed out. Sign in to try again; "
    "if you have forgotten the password, ask an administrator for a new one."
)


def is_wrong(answer: HttpResponse) -> bool:
    """Whether a form came back for want of the right old password."""
    return answer.context_data["form"].has_error("old_password", code="password_incorrect")


def guessed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Record a wrong guess and give the answer; after a few, sign out on record instead."""
    by = Actor.from_request(request)
    accounts.wrong_password(by=by)
    count = request.session[COUNT] = request.session.get(COUNT, 0) + 1
    if count < settings.AXES_FAILURE_LIMIT:
        return answer
    accounts.signed_out(by=by)
    logout(request)
    messages.error(request, SIGNED_OUT.format(count=count))
    return redirect("admin:login")
