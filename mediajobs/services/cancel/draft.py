"""Freezing a choice of jobs into a draft, and throwing a draft away."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import EmptyResultSet, PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet, Value

from mediajobs.models import (
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Credential,
    Job,
)
from mediajobs.models.attempt import PROBLEM_STATES
from mediajobs.services.audit import ENGINE, Actor, jobs_digest, record

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=1)
MANY = 10_000
IDS_AT_ONCE = 2000
KEPT_BY_A_RETRY = ("reason_category", "reason", "mails_requester")


@transaction.atomic
def draft(
    jobs: QuerySet[Job], *, by: Actor, selection: str, parent: CancelBatch | None = None
) -> CancelBatch:
    """Freeze the jobs into the rows of a draft; nothing is sent and nothing is queued.

    `selection` says in words how they were chosen. Jobs that have ended are in it too: whoever
    reads the record sees that they were chosen, and that nothing was sent for them.
    Raises ValidationError for no job, more than CANCEL_MAX_BATCH or jobs of several apps,
    PermissionDenied when `by` may not cancel so many; neither leaves a row behind.
    """
    batch = CancelBatch.objects.create(
        requested_by_id=by.user.pk if by.user else None,
        client=by.client,
        requested_by_name=by.name,
        channel=by.channel,
        address=by.address,
        user_agent=by.user_agent,
        request_id=by.request_id,
        selection=selection,
        parent=parent,
        **({name: getattr(parent, name) for name in KEPT_BY_A_RETRY} if parent else {}),
    )
    batch.frozen_count = freeze(batch, jobs)
    check_size(batch.frozen_count)
    check_right(by, batch.frozen_count)
    batch.credential = the_one_app(batch)
    batch.save(update_fields=["frozen_count", "credential"])
    record(AuditKind.BATCH_DRAFTED, by, batch=batch, detail=chosen_words(batch))
    return batch


def chosen_words(batch: CancelBatch) -> str:
    """Write how many jobs were chosen, and how, with the hash of which."""
    ids = batch.attempts.order_by("pk").values_list("remote_id", flat=True)
    digest = jobs_digest(ids.iterator(chunk_size=IDS_AT_ONCE))
    return f"{batch.size_words}: {batch.selection}. All jobs, SHA-256: {digest}"


def freeze(batch: CancelBatch, jobs: QuerySet[Job]) -> int:
    """Copy the jobs into attempts by one INSERT … SELECT; return how many there are."""
    rows = jobs.order_by("pk").annotate(batch_key=Value(batch.pk))
    rows = rows.values_list("batch_key", "pk", "remote_id")
    try:
        query, params = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    table = connection.ops.quote_name(CancelAttempt._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (batch_id, job_id, remote_id) {query}", params)
        count = cursor.rowcount
        if connection.vendor == "postgresql" and count >= MANY:
            # Its planner would read all of them for each page until it looks by itself.
            cursor.execute(f"ANALYZE {table}")
        return count


def the_one_app(batch: CancelBatch) -> Credential | None:
    """Say whose jobs these are; raise ValidationError where they are of several apps."""
    if not Credential.objects.exists():
        return None
    of_jobs = Job.objects.filter(attempts__batch=batch).order_by()
    keys = set(of_jobs.values_list("credential", flat=True).distinct())
    if len(keys) > 1:
        raise ValidationError(
            f"These jobs are of {len(keys)} apps, and each has credentials of its own. "
            "Narrow the choice to one app; cancel those of the others after it."
        )
    return Credential.objects.filter(pk__in=keys).first()


def check_size(count: int) -> None:
    """Raise ValidationError unless a batch may have so many jobs."""
    if count == 0:
        raise ValidationError("No job was selected. Select at least one.")
    if count > settings.CANCEL_MAX_BATCH:
        raise ValidationError(
            f"{count:,} jobs are more than one cancellation may hold "
            f"({settings.CANCEL_MAX_BATCH:,}). Narrow the choice."
        )


def check_owner(batch: CancelBatch, by: Actor, verb: str) -> None:
    """Raise PermissionDenied unless `by` drafted the batch: who froze it has seen it."""
    if by.user is not None and by.user.pk != batch.requested_by_id:
        raise PermissionDenied(
            f"{batch.requested_by_name} drafted this cancellation, and only "
            f"{batch.requested_by_name} can {verb} it. Select the jobs again to draft your own."
        )


def check_right(by: Actor, count: int) -> None:
    """Raise PermissionDenied unless `by` may cancel so many jobs."""
    if count == 1 and by.may("cancel_job", "bulk_cancel_job"):
        return
    if not by.may("bulk_cancel_job"):
        raise PermissionDenied(
            f"You have no right to request cancellation of {count:,} jobs at once. "
            "Ask somebody of the group “bulk operator”."
        )


@transaction.atomic
def retry(batch: CancelBatch, *, by: Actor) -> CancelBatch:
    """Draft a child batch of those jobs of an ended batch that ended with a problem.

    Whoever has drafted one already gets that draft: the batch's row is held, so that twenty
    presses make one. Raises ValidationError while the batch or a retry of it goes on, or when
    there is nothing to retry.
    """
    batch = CancelBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if not batch.has_ended:
        raise ValidationError("This cancellation is still going on. Retry when it has ended.")
    if going_on := batch.retries.going_on().first():
        raise ValidationError(
            f"Cancellation {going_on.pk} retries these already and goes on. "
            "Retry what is left of them when it has ended."
        )
    person = by.user.pk if by.user else None
    if mine := batch.retries.filter(state=BatchState.DRAFT, requested_by=person).first():
        return mine
    failed = batch.attempts.filter(state__in=PROBLEM_STATES, job__isnull=False)
    jobs = Job.objects.filter(pk__in=failed.values("job"))
    return draft(jobs, by=by, selection=f"The failed ones of cancellation {batch.pk}", parent=batch)


@transaction.atomic
def discard(batch: CancelBatch, *, by: Actor) -> bool:
    """Throw a draft away; say whether this call did. Its jobs keep running.

    Raises PermissionDenied unless `by` drafted it or is no person.
    """
    check_owner(batch, by, "discard")
    if not batch.move(BatchState.DRAFT, to=BatchState.ABORTED):
        return False
    throw_away(batch.attempts.all())
    record(AuditKind.BATCH_DISCARDED, by, batch=batch, detail=batch.size_words)
    batch.delete()
    return True


def throw_away(items: QuerySet[CancelAttempt]) -> None:
    """Delete the items of a draft by one statement, and read none of them.

    Nothing refers to them: only what was sent is joined by others.
    """
    items.order_by()._raw_delete(items.db)


def drop_forgotten() -> int:
    """Throw away the drafts that nobody confirmed for a day; return how many.

    One that cannot be thrown away is logged, and keeps none of the others.
    """
    return sum(map(drop, CancelBatch.objects.forgotten(age=FORGOTTEN_AFTER)))


def drop(batch: CancelBatch) -> bool:
    try:
        return discard(batch, by=ENGINE)
    except DatabaseError:
        logger.exception("the forgotten draft %s could not be thrown away", batch.pk)
        return False
