"""The vendor's door: deliveries of the webhook."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from gunicorn.http.errors import ParseException

from mediajobs.services import webhooks
from mediajobs.services.audit import address_of

BODY_LIMIT = 64 * 1024
BROKEN = "The body broke off, or its chunks are not written as HTTP has them. Send it again whole."


@csrf_exempt
@require_POST
def media(request: HttpRequest, app: int | None = None) -> HttpResponse:
    """Take in a delivery: 200 when it is stored, 400 or 413 for what is wrong, 503 for our fault.

    A duplicate and a job that nobody knows are no faults of the sender.
    """
    try:
        body = body_of(request)
    except (OSError, ParseException):
        return answer(400, BROKEN)
    if len(body) > BODY_LIMIT:
        return answer(413, "The body is longer than 64 KiB.")
    try:
        webhooks.receive(
            body,
            secret=request.headers.get(webhooks.HEADER, ""),
            job_id=request.headers.get("X-Job-Id", ""),
            app=app,
            address=address_of(request),
        )
    except webhooks.Refused as wrong:
        return answer(400, str(wrong))
    except webhooks.NotStored as failure:
        return answer(503, str(failure))
    return answer(200, "Taken.")


def body_of(request: HttpRequest) -> bytes:
    """Read the body, and one byte more than is taken at most.

    Django takes a body without a length for an empty one.
    """
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    stream = request.META["wsgi.input"] if is_chunked else request
    return stream.read(BODY_LIMIT + 1)


def answer(status: int, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
