"""Jobs: recording and naming them, listing them, telling of one."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from mediajobs.api import choosing
from mediajobs.api.asked import MOST_JOBS, JobQuery, Recording
from mediajobs.api.mistakes import only_known, pointer
from mediajobs.api.paging import page_of
from mediajobs.api.problems import Problem
from mediajobs.api.repeating import KEY, answer, answer_once
from mediajobs.api.tokens import opened_by
from mediajobs.api.told import JobPage, JobTold, Recorded
from mediajobs.models import Scope
from mediajobs.models.job import REMOTE_ID
from mediajobs.services import intake
from mediajobs.services.audit import Actor

NEWEST_FIRST = ("-dated_at", "-id")

router = Router(tags=["Jobs"])


@router.post(
    "/jobs",
    summary="Record jobs",
    description=(
        f"Takes 1 to {MOST_JOBS:,} jobs, all or none. A job that is here already keeps what "
        "stands there, whoever wrote it; of label, owner, link and note what is empty is filled "
        "in. The answer says of each job what was done."
    ),
    response=Recorded,
    **opened_by(Scope.RECORD),
)
def record_jobs(request: HttpRequest, recording: Recording, key: str = KEY) -> HttpResponse:
    rows = [
        intake.Row(place, job.job_id, **job.model_dump(exclude={"job_id"}))
        for place, job in enumerate(recording.jobs)
    ]
    refuse_repeated(rows)
    by = Actor.from_client(request.auth, request)

    def deed() -> tuple[int, Recorded]:
        try:
            taken = intake.take(rows, by=by, credential=request.auth.credential)
        except ValidationError as error:
            raise at_rows(error) from None
        return 200, Recorded.of(taken)

    return answer_once(request, key, deed)


def refuse_repeated(rows: list[intake.Row]) -> None:
    """Raise Problem where a job is named twice: nobody could tell which one counts."""
    first: dict[str, int] = {}
    errors = [
        mistake(row.line, f"This job is here twice: see /jobs/{first[row.remote_id]} too.")
        for row in rows
        if first.setdefault(row.remote_id, row.line) != row.line
    ]
    if errors:
        raise Problem(422, "Each job can come once. Nothing was recorded.", errors)


def at_rows(error: ValidationError) -> Problem:
    """Tell what a service says of rows by their numbers."""
    errors = [mistake(place, " ".join(words)) for place, words in error.message_dict.items()]
    return Problem(422, "Some jobs cannot be recorded with this token. None was.", errors)


def mistake(place: int, detail: str) -> dict[str, str | int]:
    return {"pointer": pointer("jobs", place, "job_id"), "index": place, "detail": detail}


@router.get(
    "/jobs",
    summary="List jobs",
    description="The jobs that are all of what is asked for, newest first, page by page.",
    response=JobPage,
    **opened_by(Scope.READ),
)
def list_jobs(request: HttpRequest, query: Query[JobQuery]) -> HttpResponse:
    only_known(request, JobQuery)
    jobs = choosing.matching(choosing.told_jobs(request.auth), query)
    if query.text:
        jobs = jobs.matching(query.text)
    rows, cursor = page_of(jobs, by=NEWEST_FIRST, cursor=query.cursor, limit=query.limit)
    return answer(JobPage(jobs=[JobTold.of(job) for job in rows], next_cursor=cursor))


@router.get("/jobs/{job_id}", summary="Tell of one job", response=JobTold, **opened_by(Scope.READ))
def read_job(request: HttpRequest, job_id: str) -> HttpResponse:
    jobs = choosing.told_jobs(request.auth).filter(remote_id=job_id)
    job = jobs.first() if REMOTE_ID.fullmatch(job_id) else None
    if job is None:
        detail = "The panel knows no job of this id, or this token does not see it."
        raise Problem(404, detail)
    return answer(JobTold.of(job))
