"""What every answer of the panel carries, and what no request may ask."""

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

from mediajobs.api import problems

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
)
ONLY_UTF8 = "This panel reads UTF-8 alone. Send the request with charset=utf-8, or none."


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the Content-Security-Policy: nothing inline, nothing from elsewhere."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def only_utf8(application: WSGIApplication) -> WSGIApplication:
    """Refuse a request that names another charset.

    Before Django sees it: Django reads even the address in the charset that a request names,
    and one that cannot read text ends the making of the request itself.
    """

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if names_utf8(environ.get("CONTENT_TYPE", "")):
            return application(environ, start_response)
        words, content_type = ONLY_UTF8, "text/plain; charset=utf-8"
        if environ.get("PATH_INFO", "").startswith(problems.PREFIX):
            words, content_type = problems.written(415, ONLY_UTF8), problems.MEDIA_TYPE
        headers = [("Content-Type", content_type), ("X-Frame-Options", "DENY")]
        start_response("415 Unsupported Media Type", headers)
        return [words.encode()]

    return guarded


def names_utf8(content_type: str) -> bool:
    """Whether a request of this type is read as UTF-8: it names that charset, or none."""
    try:
        _, parameters = parse_header_parameters(content_type)
    except (ValueError, LookupError):
        return False
    return parameters.get("charset", "utf-8").lower() == "utf-8"
