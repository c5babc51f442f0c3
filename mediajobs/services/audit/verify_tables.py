"""Comparing the trail with the tables: what they say was done must have been recorded, and back."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import CharField, Count, Exists, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    AuditLink,
    BatchState,
    CancelAttempt,
    CancelBatch,
)
from mediajobs.models.attempt import OPEN_STATES
from mediajobs.services.audit.removed import newest_that_counts
from mediajobs.services.audit.report import Problem, Report, lagging, tampered
from mediajobs.services.audit.seal import unsealed
from mediajobs.services.audit.verify_links import LATE, shifted
from mediajobs.services.audit.verify_outcomes import OTHERWISE, other_outcomes
from mediajobs.services.audit.verify_reach import Reach

#: Sealing takes seconds; whoever is not sealed after so long waits for a worker.
SLOW = timedelta(minutes=1)
#: What happens to a cancellation once.
ONCE = (
    AuditKind.BATCH_DRAFTED,
    AuditKind.BATCH_CONFIRMED,
    AuditKind.BATCH_FINISHED,
    AuditKind.BATCH_ABORTED,
)
FINAL_STATES = set(AttemptState) - {*OPEN_STATES, AttemptState.UNCONFIRMED}
#: What an item may be that never set out to be sent.
NEVER_SENT = (
    AttemptState.QUEUED,
    AttemptState.ALREADY_FINAL,
    AttemptState.JOINED,
    AttemptState.NOT_SENT,
    AttemptState.FAILED,
)
#: What is open, or ended without a word of the remote.
NOT_ENDED_BY_REMOTE = (
    *OPEN_STATES,
    AttemptState.UNCONFIRMED,
    AttemptState.NOT_SENT,
    AttemptState.FAILED,
)


def unsealed_for_long(report: Report) -> Iterator[Problem]:
    """Find events beside those that are sealed or wait for it, those that came too late to be
    genuine, and those that wait for long.
    """
    found = unsealed().order_by().aggregate(count=Count("pk"), oldest=Min("at"))
    report.unsealed_count, oldest = found["count"], found["oldest"]
    yield from events_beside(report)
    newest = newest_that_counts()
    if newest and oldest and oldest < shifted(newest.at, -LATE):
        event = unsealed().filter(at=oldest).first()
        words = "is dated before the newest checkpoint, which was made when it was not there."
        yield tampered(f"Event {event.pk} {words}")
    elif oldest and timezone.now() - oldest > SLOW:
        waiting = f"{report.unsealed_count:,} events wait to be sealed, the oldest since"
        yield lagging(f"{waiting} {oldest:%Y-%m-%d %H:%M:%S} UTC. Is a worker running?")


def events_beside(report: Report) -> Iterator[Problem]:
    """Find those whose id is there twice, as where somebody took away the key of the table."""
    count, link_count = AuditEvent.objects.count(), AuditLink.objects.count()
    if count > link_count + report.unsealed_count:
        words = f"{link_count:,} are sealed and {report.unsealed_count:,} wait for it"
        yield tampered(f"There are {count:,} events, of which {words}: others are slipped in.")


def untold_deeds() -> Iterator[Problem]:
    """Find rows that speak of deeds without a record, and records whose row says otherwise."""
    reach = Reach.of_trail()
    yield from untold_batches(reach)
    yield from other_batches(reach)
    yield from other_drafters()
    yield from deeds_done_twice()
    yield from untold_aborts(reach)
    yield from other_aborts()
    yield from untold_sends(reach)
    yield from untold_ends(reach)
    yield from other_ends()
    yield from other_outcomes(reach)
    yield from other_sends()
    yield from never_claimed(reach)
    yield from untold_doubts(reach)
    yield from untold_deletions(reach)
    yield from open_for_ever()
    yield from other_jobs()


def untold_batches(reach: Reach) -> Iterator[Problem]:
    """Find what is no draft, by its state or its time, and was not drafted or not confirmed on
    record.
    """
    told = AuditEvent.objects.filter(batch_id=OuterRef("pk"), attempt_id__isnull=True)
    confirmed = Exists(told.filter(kind=AuditKind.BATCH_CONFIRMED))
    drafted = Exists(told.filter(kind=AuditKind.BATCH_DRAFTED))
    is_released = ~Q(state=BatchState.DRAFT) | Q(confirmed_at__isnull=False)
    batches = CancelBatch.objects.filter(is_released).order_by("pk")
    for batch in batches.filter(~confirmed, reach.covers("pk", "confirmed_at"))[:1]:
        yield tampered(f"{batch} is confirmed, and the trail does not say by whom.")
    for batch in batches.filter(~drafted, reach.of_cancellations("pk"))[:1]:
        yield tampered(f"{batch} is confirmed, and the trail does not say who drafted it.")


def other_batches(reach: Reach) -> Iterator[Problem]:
    """Begin at the events, so that nothing in a row can say that it is not to be compared."""
    confirmed = CancelBatch.objects.filter(pk=OuterRef("batch_id"), confirmed_at__isnull=False)
    # Whoever drafted and confirmed it may have got another name in between.
    drafted = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_DRAFTED,
        batch_id=OuterRef("pk"),
        actor=OuterRef("requested_by_name"),
        # By both: one that is slipped in later may choose its key, or its time by minutes.
        pk__lt=OuterRef(OuterRef("pk")),
        at__lte=OuterRef(OuterRef("at")),
    )
    named = Q(requested_by_name=OuterRef("actor")) | Exists(drafted)
    is_same_account = Q(requested_by=None) | Q(account=OuterRef("actor_id"))
    account = Cast("requested_by", CharField())
    same = confirmed.annotate(account=account).filter(named, is_same_account)
    events = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_CONFIRMED, attempt_id__isnull=True, at__gt=reach.since
    )
    for event in events.filter(~Exists(confirmed)).order_by("pk")[:1]:
        what = f"cancellation {event.batch_id} was confirmed"
        yield tampered(f"Event {event.pk} says that {what}, {OTHERWISE}.")
    # Of older ones the draft, and so the former name, may have been removed.
    named = events.filter(reach.of_cancellations("batch_id"))
    for event in named.filter(Exists(confirmed), ~Exists(same)).order_by("pk")[:1]:
        yield tampered(f"Cancellation {event.batch_id} names another person than the trail.")


def other_drafters() -> Iterator[Problem]:
    """Find what somebody confirmed, and another account had drafted."""
    other = AuditEvent.objects.filter(
        ~Q(actor_id=OuterRef("actor_id")),
        kind=AuditKind.BATCH_DRAFTED,
        batch_id=OuterRef("batch_id"),
    )
    confirmed = AuditEvent.objects.filter(Exists(other), kind=AuditKind.BATCH_CONFIRMED)
    for event in confirmed.order_by("pk")[:1]:
        words = "was confirmed by another account than drafted it."
        yield tampered(f"Cancellation {event.batch_id} {words}")


def deeds_done_twice() -> Iterator[Problem]:
    """Find what happens to a cancellation once and is on record several times."""
    deeds = AuditEvent.objects.filter(kind__in=ONCE).order_by().values("kind", "batch_id")
    counts = deeds.annotate(count=Count("pk"))
    for deed in counts.filter(count__gt=1).order_by("batch_id", "kind")[:1]:
        words = f"{deed['count']} times {deed['kind']} of cancellation {deed['batch_id']}"
        yield tampered(f"The trail has {words}, which happens once.")


def untold_aborts(reach: Reach) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(kind=AuditKind.BATCH_ABORTED, batch_id=OuterRef("pk"))
    of_now = reach.covers("pk", "ended_at")
    aborted = CancelBatch.objects.filter(of_now, ~Exists(told), state=BatchState.ABORTED)
    for batch in aborted.order_by("pk")[:1]:
        yield tampered(f"{batch} is aborted, and the trail does not say by whom.")


def other_aborts() -> Iterator[Problem]:
    same = CancelBatch.objects.filter(pk=OuterRef("batch_id"), state=BatchState.ABORTED)
    aborts = AuditEvent.objects.filter(~Exists(same), kind=AuditKind.BATCH_ABORTED)
    for event in aborts.order_by("pk")[:1]:
        what = f"cancellation {event.batch_id} was aborted"
        yield tampered(f"Event {event.pk} says that {what}, {OTHERWISE}.")


def untold_sends(reach: Reach) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(
        kind=AuditKind.CANCEL_SENT, attempt_id=OuterRef("pk"), fence=OuterRef("fence")
    )
    sent = CancelAttempt.objects.filter(reach.covers("batch_id", "sent_at"), fence__gt=0)
    for attempt in sent.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} was sent, and the trail does not say so.")


def untold_ends(reach: Reach) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(
        kind=AuditKind.CANCEL_ENDED,
        attempt_id=OuterRef("pk"),
        outcome=OuterRef("state"),
        job_id=OuterRef("remote_id"),
    )
    of_now = reach.covers("batch_id", "ended_at")
    ended = CancelAttempt.objects.filter(of_now, state__in=FINAL_STATES)
    for attempt in ended.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} is {attempt.state}, and the trail does not say so.")


def never_claimed(reach: Reach) -> Iterator[Problem]:
    """Find what looks as if it had been sent, and was never taken for that: it is not sent then."""
    is_sent = Q(send_count__gt=0) | Q(sent_at__isnull=False) | ~Q(state__in=NEVER_SENT)
    of_now = reach.of_cancellations("batch_id")
    for attempt in CancelAttempt.objects.filter(is_sent, of_now, fence=0).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} looks as if it was sent, and the trail does not say so.")


def untold_doubts(reach: Reach) -> Iterator[Problem]:
    told = AuditEvent.objects.filter(kind=AuditKind.CANCEL_UNCONFIRMED, attempt_id=OuterRef("pk"))
    of_now = reach.covers("batch_id", "sent_at")
    unconfirmed = CancelAttempt.objects.filter(of_now, state=AttemptState.UNCONFIRMED)
    for attempt in unconfirmed.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} is unconfirmed, and the trail does not say so.")


def untold_deletions(reach: Reach) -> Iterator[Problem]:
    """Find what lost its job before the remote said its end, and nobody has deleted it on record
    since it was drafted.
    """
    drafted = AuditEvent.objects.filter(
        kind=AuditKind.BATCH_DRAFTED, batch_id=OuterRef(OuterRef("batch_id"))
    )
    told = AuditEvent.objects.filter(
        kind=AuditKind.JOB_DELETED,
        job_id=OuterRef("remote_id"),
        pk__gt=Subquery(drafted.order_by("pk").values("pk")[:1]),
    )
    of_now = reach.of_cancellations("batch_id")
    without = CancelAttempt.objects.filter(of_now, job=None, state__in=NOT_ENDED_BY_REMOTE)
    for attempt in without.filter(~Exists(told)).order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} has lost its job, and nobody deleted it on record.")


def other_jobs() -> Iterator[Problem]:
    """Find what would be judged by a job that is not its own."""
    others = CancelAttempt.objects.filter(~Q(remote_id=F("job__remote_id")), job__isnull=False)
    for attempt in others.order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} points at another job.")


def open_for_ever() -> Iterator[Problem]:
    """Find what waits in a cancellation that has finished, as nothing does."""
    waiting = CancelAttempt.objects.open().filter(batch__state=BatchState.FINISHED)
    for attempt in waiting.order_by("pk")[:1]:
        yield tampered(f"{tell(attempt)} is {attempt.state}, and its cancellation has finished.")


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
