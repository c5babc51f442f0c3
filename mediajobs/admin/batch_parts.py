"""What the templates of a cancellation's page are given."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.http import urlencode

from mediajobs import health
from mediajobs.admin.cancel_words import DEEDS, pause_plan
from mediajobs.admin.pace import pace_of
from mediajobs.admin.progress import Progress
from mediajobs.admin.timeline import MOST_EVENTS, newest_of
from mediajobs.forms import ConfirmForm
from mediajobs.models import AttemptState, AuditEvent, BatchState, CancelBatch
from mediajobs.models.forecast import Prospect, forecast, with_prospect
from mediajobs.services import cancel, notices
from mediajobs.services.audit import Actor

ITEMS_A_PAGE = 50
MOST_NOTICES = 50


def draft_context(
    request: HttpRequest, batch: CancelBatch, form: ConfirmForm | None
) -> dict[str, Any]:
    """Tell what confirming will do, and what keeps this person from it."""
    found = forecast(batch)
    items = with_prospect(batch.attempts.select_related("job"))
    page = Paginator(items, ITEMS_A_PAGE).get_page(request.GET.get("page"))
    return {
        "batch": batch,
        "forecast": found,
        "form": form or empty_form(request, batch, found.to_request_count),
        "obstacle": obstacle(batch, Actor.from_request(request)),
        "page": page,
        "items": [(item, Prospect(item.prospect).label) for item in page],
        "worker": health.worker(),
    }


def empty_form(request: HttpRequest, batch: CancelBatch, count: int) -> ConfirmForm:
    """Make the form of a draft; a retry begins with the reason of what it retries."""
    initial = {
        "category": batch.reason_category,
        "reason": batch.reason,
        "mails_requester": batch.mails_requester,
    }
    obstacle = notices.mail_obstacle(request.user)
    return ConfirmForm(batch=batch, count=count, initial=initial, mail_obstacle=obstacle)


def obstacle(batch: CancelBatch, by: Actor) -> str:
    """Say why `by` may not confirm the draft, or ""."""
    try:
        cancel.check_confirmer(batch, by=by)
    except PermissionDenied as denied:
        return str(denied)
    return ""


def released_context(request: HttpRequest, batch: CancelBatch) -> dict[str, Any]:
    """Tell all about a batch that somebody confirmed."""
    counts = batch.counts()
    return progress_context(request, batch, counts) | items_context(request, batch, counts)


def progress_context(
    request: HttpRequest, batch: CancelBatch, counts: dict[str, int]
) -> dict[str, Any]:
    """Tell how far a batch is, who did what to it, and what this person may do."""
    by = Actor.from_request(request)
    events, unreadable_count = newest_of(AuditEvent.objects.about_batch(batch.pk))
    progress = Progress(batch, counts)
    retries = list(batch.retries.order_by("id"))
    told = list(batch.notices.order_by("-id")[:MOST_NOTICES])
    return {
        "batch": batch,
        "progress": progress,
        "pace": pace_of(batch, progress.queued_count, events),
        "pause_plan": pause_plan(batch),
        "worker": health.worker(),
        "remote_words": remote_words(batch),
        "may_steer": by.may("bulk_cancel_job"),
        "may_retry": may_retry(by, progress.problem_count),
        "retries": [retry for retry in retries if retry.state != BatchState.DRAFT],
        "retry_drafts": [retry for retry in retries if retry.state == BatchState.DRAFT],
        "notices": told,
        "is_over": progress.is_still and not any(notice.is_new for notice in told),
        "retry_going_on": next((retry for retry in retries if retry.is_going_on), None),
        "deeds": [(event, DEEDS.get(event.kind, event.kind)) for event in events],
        "has_more_deeds": len(events) + unreadable_count == MOST_EVENTS,
        "unreadable_deeds": unreadable_count,
    }


def may_retry(by: Actor, count: int) -> bool:
    """Whether `by` may draft a retry of so many jobs, so that nobody is offered a refusal."""
    return by.may("bulk_cancel_job") or (count == 1 and by.may("cancel_job"))


def remote_words(batch: CancelBatch) -> str:
    """Say why the statuses of its jobs cannot be read, or "": cancels may be accepted meanwhile.

    What paused the batch itself is told there.
    """
    remote = health.remote(batch.credential)
    is_told = batch.pause_reason and batch.pause_reason in remote.words
    return "" if remote.is_well or is_told else remote.words


def items_context(
    request: HttpRequest, batch: CancelBatch, counts: dict[str, int]
) -> dict[str, Any]:
    """Tell what became of each job: a page of them, of one state if that is asked for."""
    state = request.GET.get("state", "")
    items = batch.attempts.select_related("job", "joined_to").order_by("job_id", "id")
    if state in AttemptState.values:
        items = items.filter(state=state)
    else:
        state = ""
    paginator = Paginator(items, ITEMS_A_PAGE)
    # On PostgreSQL each count of 100,000 items takes a sixth of the time of the whole page.
    paginator.count = counts[state] if state else sum(counts.values())
    page = paginator.get_page(request.GET.get("page"))
    return {
        "batch": batch,
        "page": page,
        "state": state,
        "state_words": AttemptState(state).label if state else "",
        "here": urlencode({"state": state, "page": page.number}),
        "is_still": Progress(batch, counts).is_still,
    }
