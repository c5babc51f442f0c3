"""The addresses of the API, and what becomes of everything that goes wrong there."""

from django.core import exceptions
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja.errors import AuthenticationError, HttpError, ValidationError

from mediajobs.api import cancellations, jobs
from mediajobs.api.document import Page, PipelineAPI
from mediajobs.api.mistakes import mistakes, pointer
from mediajobs.api.problems import NO_TOKEN, SENTENCES, Problem
from mediajobs.api.reading import StrictParser, unreadable
from mediajobs.api.tokens import on_record

api = PipelineAPI(
    title="Media jobs: API for pipelines",
    version="1",
    urls_namespace="api",
    docs=Page(),
    docs_url="/",
    docs_decorator=require_safe,
    parser=StrictParser(),
)
for router in (jobs.router, cancellations.router):
    api.add_router("", router)


@api.exception_handler(Problem)
def tell_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response


@api.exception_handler(AuthenticationError)
def tell_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return Problem(401, NO_TOKEN).response


@api.exception_handler(HttpError)
def tell_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer a body that could not be parsed: the only one of these that ninja raises."""
    return Problem(error.status_code, unreadable(error.__cause__)).response


@api.exception_handler(ValidationError)
def tell_mistakes(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = mistakes(error)
    words = "1 mistake" if len(errors) == 1 else f"{len(errors):,} mistakes"
    return Problem(422, f"{words} in this request; nothing was done.", errors).response


@api.exception_handler(exceptions.ValidationError)
def tell_refusal(request: HttpRequest, error: exceptions.ValidationError) -> HttpResponse:
    """Answer what a service refuses, by field where it names one."""
    fields = error.message_dict if hasattr(error, "error_dict") else {}
    errors = [
        {"pointer": pointer(name), "detail": " ".join(words)} for name, words in fields.items()
    ]
    return Problem(422, " ".join(error.messages), errors).response


@api.exception_handler(exceptions.PermissionDenied)
def tell_denial(request: HttpRequest, error: exceptions.PermissionDenied) -> HttpResponse:
    on_record(request.auth, request, str(error))
    return Problem(403, str(error) or SENTENCES[403]).response


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    return Problem(404, SENTENCES[404]).response


urlpatterns = [path("api/", api.urls), path("api/<path:rest>", nothing_here)]
