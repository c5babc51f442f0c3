"""Comparing the trail with the tables: what they say was done must have been recorded, and back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditCheckpoint,
    AuditEvent,
    AuditKind,
    CancelAttempt,
    CancelBatch,
)
from mediajobs.models.attempt import OPEN_STATES
from mediajobs.services.audit.report import Problem, Report, lagging, tampered
from mediajobs.services.audit.seal import unsealed
from mediajobs.services.audit.verify_links import LATE
from mediajobs.services.audit.verify_outcomes import OTHERWISE, other_outcomes

#: Sealing takes seconds; whoever is not sealed after so long waits for a worker.
SLOW = timedelta(minutes=1)
FINAL_STATES = set(AttemptState) - {*OPEN_STATES, AttemptState.UNCONFIRMED}


def unsealed_for_long(report: Report) -> Iterator[Problem]:
    """Find events that wait for their link, and those that came too late to be genuine."""
    found = unsealed().order_by().aggregate(count=Count("pk"), oldest=Min("at"))
    report.unsealed_count, oldest = found["count"], found["oldest"]
    newest = AuditCheckpoint.objects.first()
    if newest and oldest and oldest < newest.at - LATE:
        event = unsealed().filter(at=oldest).first()
        words = "is dated before the newest checkpoint, which was made when it was not there."
        yield tampered(f"Event {event.pk} {words}")
    elif oldest and timezone.now() - oldest > SLOW:
        waiting = f"{report.unsealed_count:,} events wait to be sealed, the oldest since"
        yield lagging(f"{waiting} {oldest:%Y-%m-%d %H:%M:%S} UTC. Is a worker running?")


def untold_deeds() -> Iterator[Problem]:
    """Find rows that speak of deeds without a record, and records whose row says otherwise."""
    since = time_of_pruning()
    yield from untold_batches(since)
    yield from other_batches(since)
    yield from untold_sends(since)
    yield from untold_ends(since)
    yield from other_ends()
    yield from other_outcomes(since)
    yield from other_sends()


def time_of_pruning() -> datetime:
    """Give the time after which nothing was removed from the trail."""
    newest = AuditCheckpoint.objects.first()
    pruned_seq = newest.pruned_seq if newest else 0
    last = AuditCheckpoint.objects.filter(seq=pruned_seq).last() if pruned_seq else None
    return last.at + LATE if last else datetime(1, 1, 1, tzinfo=UTC)


def untold_batches(since: datetime) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_CONFIRMED, batch_id=OuterRef("pk"), attempt_id__isnull=True
    )
    batches = CancelBatch.objects.filter(confirmed_at__gt=since)
    for batch in batches.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{batch} is confirmed, and the trail does not say by whom.")


def other_batches(since: datetime) -> Iterator[Problem]:
    """Begin at the events, so that nothing in a row can say that it is not to be compared."""
    confirmed = CancelBatch.objects.filter(pk=OuterRef("batch_id"), confirmed_at__isnull=False)
    # Whoever drafted and confirmed it may have got another name in between.
    drafted = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_DRAFTED, batch_id=OuterRef("pk"), actor=OuterRef("requested_by_name")
    )
    same = confirmed.filter(Q(requested_by_name=OuterRef("actor")) | Exists(drafted))
    events = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_CONFIRMED, attempt_id__isnull=True, at__gt=since
    )
    for event in events.filter(~Exists(confirmed)).order_by("pk")[:1]:
        what = f"cancellation {event.batch_id} was confirmed"
        yield tampered(f"Event {event.pk} says that {what}, {OTHERWISE}.")
    for event in events.filter(Exists(confirmed), ~Exists(same)).order_by("pk")[:1]:
        yield tampered(f"Cancellation {event.batch_id} names another person than the trail.")


def untold_sends(since: datetime) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(
        kind=AuditKind.CANCEL_SENT, attempt_id=OuterRef("pk"), fence=OuterRef("fence")
    )
    of_now = Q(sent_at__gt=since) | Q(sent_at__isnull=True)
    sent = CancelAttempt.objects.filter(of_now, fence__gt=0)
    for attempt in sent.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} was sent, and the trail does not say so.")


def untold_ends(since: datetime) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(
        kind=AuditKind.CANCEL_ENDED,
        attempt_id=OuterRef("pk"),
        outcome=OuterRef("state"),
        job_id=OuterRef("remote_id"),
    )
    of_now = Q(ended_at__gt=since) | Q(ended_at__isnull=True)
    ended = CancelAttempt.objects.filter(of_now, state__in=FINAL_STATES)
    for attempt in ended.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} is {attempt.state}, and the trail does not say so.")


def other_ends() -> Iterator[Problem]:
    same = CancelAttempt.objects.filter(
        pk=OuterRef("attempt_id"), state=OuterRef("outcome"), remote_id=OuterRef("job_id")
    )
    ends = AuditEvent.objects.filter(~Exists(same), kind=AuditKind.CANCEL_ENDED)
    for event in ends.order_by("pk")[:1]:
        what = f"attempt {event.attempt_id} ended {event.outcome}"
        yield tampered(f"Event {event.pk} says that {what}, {OTHERWISE}.")


def other_sends() -> Iterator[Problem]:
    """Begin at the events here too; each claim sets a time and counts the fence up."""
    same = CancelAttempt.objects.filter(
        pk=OuterRef("attempt_id"),
        remote_id=OuterRef("job_id"),
        fence__gte=OuterRef("fence"),
        sent_at__isnull=False,
    )
    sends = AuditEvent.objects.filter(~Exists(same), kind=AuditKind.CANCEL_SENT)
    for event in sends.order_by("pk")[:1]:
        what = f"attempt {event.attempt_id} set out to be sent"
        yield tampered(f"Event {event.pk} says that {what}, {OTHERWISE}.")


def tell(attempt: CancelAttempt) -> str:
    return f"Attempt {attempt.pk} (job {attempt.remote_id})"
