"""What must hold after every step of a cancellation, whatever went wrong: in the rows and the
trail, between them, and against the remote that really was asked."""

import re
from collections import Counter, defaultdict

from django.db.models import Q
from django.utils import timezone

from mediajobs.models import (
    AttemptState,
    AuditEvent,
    AuditKind,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Job,
    JobStatus,
)
from mediajobs.models.attempt import LIVE_STATES, OPEN_STATES
from mediajobs.services.audit import ENGINE
from mediajobs.services.cancel.judge import MOST_SENDS
from mediajobs.services.sync import STATUSES
from tests.limits import Limits, broken_limits, early_requests, stuck
from tests.secrets_kept import leaks

__all__ = ["Limits", "check_invariants", "check_no_secret_is_kept"]

#: Unconfirmed is where the batch stops waiting, and not an end: later news still settle it.
FINAL_STATES = set(AttemptState) - {*OPEN_STATES, AttemptState.UNCONFIRMED}
ENDS_OF_A_SEND = {
    AuditKind.CANCEL_ANSWERED,
    AuditKind.CANCEL_UNANSWERED,
    AuditKind.CANCEL_WITHHELD,
}
#: These say that the job itself has ended.
ENDS_OF_A_JOB = {
    AttemptState.CANCELLED,
    AttemptState.FINISHED_FIRST,
    AttemptState.ALREADY_FINAL,
}
ABOUT_A_SEND = {AuditKind.CANCEL_SENT, *ENDS_OF_A_SEND}
FACTS = ("kind", "attempt_id", "fence", "job_id", "outcome", "remote_status", "detail", "at")
#: Why the engine pauses a batch for good: none of its attempts gets another try by that.
NO_OUTAGE = (
    Q(detail__contains="in a row")
    | Q(detail__contains="ended badly")
    | Q(detail__contains="has no right")
    | Q(detail__contains="credentials")
)
LIST_PATH = "/media/jobs"
SENDS_TOLD = re.compile(r"Sent up to (\d+) times")
#: Answers that promise that the request was not carried out: it may be sent again unseen.
NOT_CARRIED_OUT = {401, 403, 429}


def check_invariants(world=None, *, limits=None):
    """Fail with a sentence that names the first broken one; `world` is the simulated remote.

    `limits`: of real workers, one of which is running, against a remote of the same clock.
    """
    broken = next(all_broken(world, limits), None)
    assert broken is None, broken


def check_no_secret_is_kept(secrets, logs):
    """Fail with the first place where one of these texts stands, files of logs included."""
    leak = next(leaks(secrets, logs), None) if secrets else None
    assert leak is None, leak


def all_broken(world, limits):
    now = timezone.now()
    batches, jobs = CancelBatch.objects.in_bulk(), Job.objects.in_bulk()
    attempts = list(CancelAttempt.objects.order_by("pk"))
    for attempt in attempts:
        attempt.batch, attempt.job = batches[attempt.batch_id], jobs.get(attempt.job_id)
    about_jobs = list(
        AuditEvent.objects.about_jobs().order_by("pk").values_list(*FACTS, named=True)
    )
    events = [event for event in about_jobs if event.attempt_id is not None]
    yield from lost_attempts(attempts, events)
    yield from unfinished_sends(attempts, events)
    yield from wrong_ends(attempts, events)
    yield from deeds_after_the_end(events)
    yield from sends_for_ended_jobs(about_jobs)
    yield from doubled_attempts(attempts)
    yield from wrong_batches(batches.values(), attempts)
    yield from wrongly_cancelled(attempts)
    yield from overspent(attempts, events)
    if world is not None:
        yield from unrecorded_requests(world, events)
        yield from blind_requests(world, events)
        yield from given_up_too_early(world, attempts, events)
        yield from cancelled_here_alone(world, attempts)
        yield from wrong_statuses(world, jobs.values())
    if limits is not None:
        yield from (f"{words} {tell(attempt)}." for words, attempt in stuck(attempts, limits, now))
        yield from early_requests(world, events)
        yield from broken_limits(limits, world)


def lost_attempts(attempts, events):
    for attempt_id in {event.attempt_id for event in events} - {a.pk for a in attempts}:
        yield f"The trail speaks of attempt {attempt_id}, whose row is gone."


def unfinished_sends(attempts, events):
    """Each claim stands in the trail once, with one end, unless it is still being sent."""
    kinds = defaultdict(list)
    for event in events:
        if event.kind in ABOUT_A_SEND:
            kinds[event.attempt_id, event.fence].append(event.kind)
    for attempt in attempts:
        for fence in range(1, attempt.fence + 1):
            under_way = attempt.state == AttemptState.SENDING and fence == attempt.fence
            told = kinds.pop((attempt.pk, fence), [])
            if told[:1] != [AuditKind.CANCEL_SENT] or told.count(AuditKind.CANCEL_SENT) != 1:
                yield f"Send {fence} of {tell(attempt)} must begin with one cancel.sent: {told}."
            if len(told) - 1 != (0 if under_way else 1):
                yield f"Send {fence} of {tell(attempt)} has not the one end it must have: {told}."
    for (attempt_id, fence), told in kinds.items():
        yield f"Attempt {attempt_id} was never claimed a {fence}. time, but the trail has {told}."


def wrong_ends(attempts, events):
    """An attempt has one cancel.ended, with its outcome, if its state is final, else none."""
    outcomes = defaultdict(list)
    for event in events:
        if event.kind == AuditKind.CANCEL_ENDED:
            outcomes[event.attempt_id].append(event.outcome)
    for attempt in attempts:
        has_ended = attempt.state in FINAL_STATES
        if outcomes[attempt.pk] != ([attempt.state] if has_ended else []):
            yield f"The trail has the ends {outcomes[attempt.pk]} for {tell(attempt)}."
        if has_ended != (attempt.ended_at is not None):
            yield f"The time of its end does not fit {tell(attempt)}."


def deeds_after_the_end(events):
    ended = set()
    for event in events:
        if event.attempt_id in ended and event.kind != AuditKind.CANCEL_ANSWERED_LATE:
            yield f"Attempt {event.attempt_id} had ended, and then came {event.kind}."
        if event.kind == AuditKind.CANCEL_ENDED:
            ended.add(event.attempt_id)


def sends_for_ended_jobs(events):
    """Nothing is sent for a job that the panel knows to have ended, unless it forgot the job."""
    ended = set()
    for event in events:
        if event.kind == AuditKind.CANCEL_ENDED and event.outcome in ENDS_OF_A_JOB:
            ended.add(event.job_id)
        elif event.kind == AuditKind.JOB_DELETED:
            ended.discard(event.job_id)
        elif event.kind == AuditKind.CANCEL_SENT and event.job_id in ended:
            yield f"Attempt {event.attempt_id} was sent although its job was known to have ended."


def doubled_attempts(attempts):
    live = Counter(a.remote_id for a in attempts if a.state in LIVE_STATES)
    for remote_id, count in live.items():
        if count > 1:
            yield f"Job {remote_id} has {count} live attempts."


def overspent(attempts, events):
    """A request that may have been carried out is not repeated for ever.

    Each time that the remote's failing holds a batch, it may try an attempt once more: none is
    given up for an outage. Nor for a worker that died: nobody knows whether that one sent it.
    """
    spent = Counter(event.attempt_id for event in events if may_have_been_carried_out(event))
    paused = AuditEvent.objects.filter(kind=AuditKind.BATCH_PAUSED, actor=ENGINE.name)
    holds = Counter(paused.exclude(NO_OUTAGE).values_list("batch_id", flat=True))
    for attempt in attempts:
        budget = MOST_SENDS + holds[attempt.batch_id]
        if spent[attempt.pk] > budget:
            yield f"{tell(attempt)} was sent {spent[attempt.pk]} times; {budget} are its budget."


def may_have_been_carried_out(event):
    is_sent = event.kind in (AuditKind.CANCEL_ANSWERED, AuditKind.CANCEL_UNANSWERED)
    is_no = 300 <= (event.remote_status or 0) < 500 and event.remote_status != 408
    return is_sent and not is_no and not tells_of_a_death(event)


def tells_of_a_death(event):
    return event.kind == AuditKind.CANCEL_UNANSWERED and "worker died" in event.detail


def given_up_too_early(world, attempts, events):
    """What is given up after so many sends was sent so often; a claim of the dead may be one."""
    sent = Counter(entry.job_id for entry in posts(world) if entry.status not in NOT_CARRIED_OUT)
    orphaned = {event.attempt_id for event in events if tells_of_a_death(event)}
    for attempt in attempts:
        told = SENDS_TOLD.match(attempt.detail) if attempt.state == AttemptState.FAILED else None
        if told and int(told[1]) > sent[attempt.remote_id] + (attempt.pk in orphaned):
            yield f"{tell(attempt)} was sent {sent[attempt.remote_id]} times: {attempt.detail}"


def wrong_batches(batches, attempts):
    states = defaultdict(Counter)
    for attempt in attempts:
        states[attempt.batch_id][attempt.state] += 1
    for batch in batches:
        counts = states[batch.pk]
        if counts.total() != batch.frozen_count or set(counts) - set(AttemptState):
            yield f"{batch} froze {batch.frozen_count} attempts and has {dict(counts)}."
        if batch.state == BatchState.FINISHED and set(counts) & set(OPEN_STATES):
            yield f"{batch} is finished and still has {dict(counts)}."
        if (batch.confirmed_at is None) != (batch.state == BatchState.DRAFT):
            yield f"{batch} is {batch.state}, confirmed at {batch.confirmed_at}."
        if batch.state == BatchState.DRAFT and set(counts) - {AttemptState.QUEUED}:
            yield f"{batch} is a draft and has {dict(counts)}."


def wrongly_cancelled(attempts):
    for attempt in attempts:
        job = attempt.job
        is_cancelled = attempt.state == AttemptState.CANCELLED
        if job and is_cancelled and job.status != JobStatus.CANCELLED:
            yield f"The panel knows the job as {job.status} of {tell(attempt)}."
        if job and attempt.state in ENDS_OF_A_JOB and not job.is_final:
            yield f"The panel has forgotten that the job has ended of {tell(attempt)}."


def unrecorded_requests(world, events):
    sent = Counter(event.job_id for event in events if event.kind == AuditKind.CANCEL_SENT)
    reached = Counter(entry.job_id for entry in posts(world))
    refused = Counter(entry.job_id for entry in posts(world) if entry.status in (401, 403))
    for job_id, count in reached.items():
        # Within one call a request whose credentials were refused goes out a second time.
        if count - refused[job_id] > sent[job_id] or refused[job_id] > 2 * sent[job_id]:
            yield f"{count} requests reached job {job_id}; on record are {sent[job_id]}."


def posts(world):
    return [entry for entry in world.journal if entry.method == "POST" and entry.job_id]


def blind_requests(world, events):
    """Between two requests that may have been carried out somebody has looked at the job.

    An attempt that is given up because its job cannot be read is not sent again, but makes
    room for another attempt that somebody asked for.
    """
    given_up = Counter(event.job_id for event in events if is_giving_up(event))
    unseen = set()
    for entry in world.journal:
        if entry.method == "POST" and entry.job_id:
            if entry.job_id in unseen:
                given_up[entry.job_id] -= 1
                unseen.discard(entry.job_id)
            if entry.status not in NOT_CARRIED_OUT and entry.fault != "gone":
                unseen.add(entry.job_id)
        elif was_a_look(entry):
            unseen = set() if entry.path == LIST_PATH else unseen - {entry.job_id}
    for job_id, left in given_up.items():
        if left < 0:
            yield f"Job {job_id} was asked twice without a look in between."


def is_giving_up(event):
    is_refused = event.kind == AuditKind.CANCEL_ENDED and event.outcome == AttemptState.REFUSED
    return is_refused or event.kind == AuditKind.CANCEL_UNCONFIRMED


def was_a_look(entry):
    """A read that came back in one piece and told of a job, or that there is none."""
    return entry.method == "GET" and entry.status in (200, 404) and entry.fault in ("", "slow")


def cancelled_here_alone(world, attempts):
    for attempt in attempts:
        job = world.jobs.get(attempt.remote_id)
        if attempt.state == AttemptState.CANCELLED and job and job.status != "Cancelled":
            yield f"The remote says {job.status} of the job of {tell(attempt)}."


def wrong_statuses(world, jobs):
    for job in jobs:
        remote = world.jobs.get(job.remote_id)
        if remote and job.is_final and STATUSES[remote.status] != job.status:
            yield f"Job {job.remote_id} is {job.status} here and {remote.status} at the remote."


def tell(attempt):
    return (
        f"attempt {attempt.pk} ({attempt.state}, fence {attempt.fence}, "
        f"{attempt.batch} {attempt.batch.state})"
    )
