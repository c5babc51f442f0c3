"""Cancellations: requesting one, and telling how far it is."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from mediajobs.api import choosing
from mediajobs.api.asked import Cancelling, ItemQuery
from mediajobs.api.mistakes import only_known
from mediajobs.api.paging import page_of
from mediajobs.api.problems import Problem
from mediajobs.api.repeating import KEY, answer, answer_once
from mediajobs.api.tokens import opened_by
from mediajobs.api.told import CancellationPage, CancellationTold, Foretold, ItemTold
from mediajobs.models import BatchState, CancelBatch, Scope
from mediajobs.services import cancel
from mediajobs.services.audit import Actor

router = Router(tags=["Cancellations"])


@router.post(
    "/cancellations",
    summary="Request a cancellation",
    description=(
        "Of the jobs named by id, or of all that match a filter; all of one app. What is asked "
        "for is frozen and released to the workers at once: 201 says that cancellation is "
        "requested, never that a job is cancelled. Jobs that have ended are left alone, and one "
        "that another cancellation asks for is not asked for twice. With “dry_run” nothing is "
        "requested, and 200 tells what would be."
    ),
    response={201: CancellationTold, 200: Foretold},
    **opened_by(Scope.CANCEL),
)
def request_cancellation(
    request: HttpRequest, cancelling: Cancelling, key: str = KEY
) -> HttpResponse:
    why = {"category": cancelling.category, "reason": cancelling.reason}
    by = Actor.from_client(request.auth, request)

    def deed() -> tuple[int, CancellationTold | Foretold]:
        unknown: list[str] = []
        if cancelling.filter:
            jobs, selection = choosing.to_cancel(request.auth, cancelling.filter)
        else:
            jobs, unknown = choosing.by_ids(request.auth, cancelling.ids)
            selection = f"{len(set(cancelling.ids)):,} by id"
        if cancelling.dry_run:
            found = cancel.foretell(jobs, by=by, selection=selection, **why)
            return 200, Foretold.of(found, unknown)
        choosing.refuse_unknown(cancelling.ids or [], unknown)
        batch = cancel.release(jobs, by=by, selection=selection, **why)
        return 201, CancellationTold.of(batch)

    return answer_once(request, key, deed)


@router.get(
    "/cancellations/{int:number}",
    summary="Tell of a cancellation",
    description="How far it is, and what became of each job: the items, page by page.",
    response=CancellationPage,
    **opened_by(Scope.READ),
)
def read_cancellation(request: HttpRequest, number: int, query: Query[ItemQuery]) -> HttpResponse:
    only_known(request, ItemQuery)
    released = CancelBatch.objects.exclude(state=BatchState.DRAFT)
    batch = request.auth.visible(released).filter(pk=number).first()
    if batch is None:
        raise Problem(404, "There is no cancellation of this number that this token sees.")
    items = batch.attempts.all()
    if query.state:
        items = items.filter(state=query.state)
    rows, cursor = page_of(items, by=("id",), cursor=query.cursor, limit=query.limit)
    page = {"items": [ItemTold.of(each) for each in rows], "next_cursor": cursor}
    return answer(CancellationPage.of(batch, **page))
