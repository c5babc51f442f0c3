"""Pages for machines: whether the panel is well; and the pages that tell of an error."""

import sys
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import permission_denied, server_error

from mediajobs import health
from mediajobs.services import accounts
from mediajobs.services.audit import Actor

OUTSIDE = ("remote", "copies")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the panel can serve and act: the database answers and guards the trail,
    and a worker is alive.

    Otherwise 503. The state of the remote, and of places to which checkpoints are copied, is told
    and changes nothing: nobody mends the media API by restarting the panel or by taking it out of
    service. Names and words stay inside.
    """
    try:
        is_remote_well = all(remote.is_well for remote in health.remotes())
        parts = {"worker": health.worker().is_well, "trail": health.trail().is_well}
        parts |= {"remote": is_remote_well, "copies": not health.copies()}
    except DatabaseError:
        return answer({"database": False})
    return answer({"database": True} | parts)


@never_cache
@require_safe
def healthz_web(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process can show pages: what a load balancer asks."""
    try:
        health.worker()
    except DatabaseError:
        return answer({"database": False})
    return answer({"database": True})


def answer(parts: dict[str, bool]) -> JsonResponse:
    is_well = all(well for name, well in parts.items() if name not in OUTSIDE)
    words = {name: "well" if well else "failing" for name, well in parts.items()}
    return JsonResponse({"is_well": is_well, **words}, status=200 if is_well else 503)


def failed(request: HttpRequest) -> HttpResponse:
    """Say that the database cannot be used, or that the panel made a mistake.

    Without the request, whose user and session are in the database.
    """
    if isinstance(sys.exc_info()[1], health.DATABASE_FAILURES):
        return HttpResponse(loader.get_template("503.html").render(), status=503)
    return server_error(request)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that somebody has no right to this; a deed that was tried is on record."""
    if request.user.is_authenticated:
        by = Actor.from_request(request)
        accounts.refused(by=by, method=request.method, path=request.path, why=str(exception))
    return permission_denied(request, exception)


@never_cache
def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """Say that this name is locked out from there, and for how long."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    answer = render(request, "429.html", {"minutes": seconds // 60}, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
