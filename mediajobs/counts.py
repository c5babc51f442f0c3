"""The occasions at which is told what this process has only counted: requests of any kind."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from mediajobs.services.tally import tell_untold


def tell_counts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Have told what this process has only counted: pages and monitors ask all the time."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        tell_untold()
        return response

    return middleware
