"""A long walk through the state machine of cancelling, with everything that can go wrong on the
way: after each step every invariant holds, and in the end nothing is left open."""

import sys
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from mediajobs import remote
from mediajobs.models import BatchState, CancelAttempt, Job
from mediajobs.remote.pacing import Pacing
from mediajobs.services import cancel, intake, jobs, sync
from mediajobs.services.audit import Actor
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.run import Flight
from tests.services.cancel.ground import WAITS, Ground
from tests.services.cancel.steps import run, write
from tests.simulated import Clock

KNOWN_WAYS = settings(
    max_examples=30,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
)
#: Another walk each time; one that fails prints its steps and a blob that repeats it.
UNKNOWN_WAYS = settings(
    max_examples=60,
    stateful_step_count=50,
    derandomize=False,
    database=None,
    print_blob=True,
    deadline=None,
)
WAYS = [
    pytest.param(KNOWN_WAYS, id="known"),
    pytest.param(UNKNOWN_WAYS, id="unknown", marks=pytest.mark.drill),
]

#: What a cancel request can meet without a wait.
FAULTS = [
    *("lost", "reset", "error", "error_after", "html", "garbage"),
    *("refuse", "finish_anyway", "never", "gone", "unauthorized"),
    *("redirect", "nul", "not_utf8", "deep"),
]
#: How a job that has ended answers, as long as nobody knows.
FINISHED = [409, 400, 404, 410, 422, 200]
READ_FAULTS = ["error", "lost", "garbage", "html", "gone", "unauthorized"]
ENDINGS = ["Success", "Failed", "Cancelled", "InternalError"]
#: No time at all; the first look is due; a lost request had time to take effect; a lease ran
#: out; nobody waits for a confirmation any more; a draft is forgotten.
PASSING_SECONDS = [0, 3, 15, 100, 3600, 90_000]
STEERING = {
    cancel.pause: (BatchState.RUNNING,),
    cancel.resume: (BatchState.PAUSED,),
    cancel.abort: (BatchState.RUNNING, BatchState.PAUSED),
}
MOST_JOBS = 12

place = some.integers(0, 5)
places = some.sets(place, min_size=1)
person = some.integers(0, 1)
fault = some.sampled_from(["", *FAULTS])
read_fault = some.sampled_from([*6 * [""], *READ_FAULTS])
after = some.sampled_from(PASSING_SECONDS)

with_work = precondition(lambda walk: walk.with_work)


def on_batches(*states):
    """Let a rule apply while there is a batch in one of these states."""
    return precondition(lambda walk: walk.batches(*states))


class Walk(Ground):
    """Every deed of a person, a worker or the world, at any time."""

    @initialize(
        statuses=some.lists(
            some.sampled_from(["Running", "Pending", "Success"]), min_size=2, max_size=5
        ),
        cancel_delay=some.sampled_from([5.0, 0.0, 60.0, 5000.0]),
        repeated=some.sampled_from([200, 409]),
        finished=some.sampled_from(FINISHED),
        is_first_path_wrong=some.booleans(),
    )
    def jobs_are_under_way(self, statuses, cancel_delay, repeated, finished, is_first_path_wrong):
        self.world.cancel_delay = cancel_delay
        self.world.repeated_cancel_status = repeated
        self.world.finished_cancel_status = finished
        for status in ("Running", *statuses):
            self.world.add_job(status=status)
        list(sync.discover())
        if is_first_path_wrong:
            first = Job.objects.order_by("pk")[:1].get()
            Job.objects.filter(pk=first.pk).update(path="/media/enhance")
        self.somebody_drafts({0, 1, 2, 3}, 0, confirms=True)

    # What people do.

    @rule(places=places, who=person, confirms=some.booleans())
    def somebody_drafts(self, places, who, confirms):
        chosen = Job.objects.filter(pk__in={self.job(at).pk for at in places})
        batch = cancel.draft(chosen, by=self.people[who], selection="ticked jobs")
        if confirms:
            assert self.confirm(batch, who)

    def confirm(self, batch, who):
        return cancel.confirm(batch, by=self.people[who], category="stuck", reason="It hangs.")

    @precondition(lambda walk: len(walk.world.jobs) < MOST_JOBS)
    @rule(who=person)
    def somebody_records_a_job_and_requests_all(self, who):
        by, remote_id = self.people[who], self.world.add_job()
        intake.record_one(remote_id=remote_id, path="/media/transcode", by=by)
        batch = cancel.draft(Job.objects.active(), by=by, selection="all active jobs")
        assert self.confirm(batch, who)

    @rule(at=place, who=person)
    def somebody_cancels_one(self, at, who):
        by = self.people[who]
        cancel.cancel_now(self.job(at), by=by, category="stuck", reason="It hangs.")

    @on_batches(BatchState.DRAFT)
    @rule(at=place, who=person, confirms=some.booleans())
    def somebody_decides_about_a_draft(self, at, who, confirms):
        batch = self.batch(at, BatchState.DRAFT)
        with self.refused_unless_drafted_by(who, batch):
            if confirms:
                assert self.confirm(batch, who)
                assert not self.confirm(batch, who)
            else:
                assert cancel.discard(batch, by=self.people[who])

    @contextmanager
    def refused_unless_drafted_by(self, who, batch):
        if batch.requested_by == self.people[who].user:
            yield
            return
        with pytest.raises(PermissionDenied):
            yield

    @on_batches(*BatchState)
    @rule(at=place, who=person, verb=some.sampled_from(list(STEERING)))
    def somebody_steers(self, at, who, verb):
        batch = self.batch(at, *BatchState)
        is_possible = batch.state in STEERING[verb]
        if verb == cancel.pause and batch.resumes_at:
            is_possible = True  # the engine paused it for a while; now it stays so
        assert verb(batch, by=self.people[who]) == is_possible

    @on_batches(BatchState.FINISHED, BatchState.ABORTED)
    @rule(at=place, who=person)
    def somebody_retries(self, at, who):
        batch = self.batch(at, BatchState.FINISHED, BatchState.ABORTED)
        with suppress(ValidationError):  # there is nothing to retry
            child = cancel.retry(batch, by=self.people[who])
            assert self.confirm(child, who)

    @precondition(lambda walk: Job.objects.count() == len(walk.world.jobs))
    @rule(at=place, who=person)
    def somebody_deletes_a_job(self, at, who):
        job = self.job(at)
        released = CancelAttempt.objects.open().released()
        if released.filter(job=job).exists():
            with pytest.raises(ValidationError):
                jobs.delete(job, by=self.people[who])
        else:
            jobs.delete(job, by=self.people[who])

    # What workers do, and what happens to them.

    @with_work
    @rule(at=place, fault=fault, read_fault=read_fault, after=after)
    def a_worker_runs(self, at, fault, read_fault, after):
        self.time_passes(after)
        if fault:
            self.world.fault_next(f"cancel.{fault}")
        with self.reads_meet(read_fault):
            run(self.batch_with_work(at))

    @with_work
    @rule(at=place, fault=some.sampled_from(WAITS))
    def a_worker_is_told_to_wait(self, at, fault):
        batch = self.batch_with_work(at)
        for attempt in claim(batch, worker="told to wait", limit=1):
            write(batch, [self.send(attempt, fault)])

    @with_work
    @rule(at=place, limit=some.integers(1, 3), after=after)
    def a_worker_claims_and_falls_silent(self, at, limit, after):
        self.time_passes(after)
        batch = self.batch_with_work(at)
        self.silent.append((batch, claim(batch, worker="silent", limit=limit)))

    @precondition(lambda walk: walk.silent)
    @rule(at=place, fault=some.sampled_from(["", *FAULTS, *WAITS]), after=after)
    def a_silent_worker_sends(self, at, fault, after):
        self.time_passes(after)
        batch, claimed = self.silent.pop(at % len(self.silent))
        self.unwritten.append((batch, [self.send(attempt, fault) for attempt in claimed]))

    @with_work
    @rule(at=place, read_fault=read_fault)
    def a_worker_is_refused_and_falls_silent(self, at, read_fault):
        """It has looked at the job: what it says of it later is old news by then."""
        self.time_passes(100)
        batch = self.batch_with_work(at)
        with self.reads_meet(read_fault):
            claimed = claim(batch, worker="refused", limit=1)
            self.unwritten.append((batch, [self.send(each, "refuse") for each in claimed]))

    @precondition(lambda walk: walk.unwritten)
    @rule(at=place, after=after)
    def a_silent_worker_writes_what_it_was_answered(self, at, after):
        self.time_passes(after)
        write(*self.unwritten.pop(at % len(self.unwritten)))

    @rule(read_fault=read_fault, after=after)
    def a_worker_verifies(self, read_fault, after):
        self.time_passes(after)
        with self.reads_meet(read_fault):
            cancel.verify()

    @on_batches(BatchState.DRAFT, BatchState.RUNNING, BatchState.PAUSED, BatchState.ABORTED)
    @rule(after=after)
    def a_worker_cleans_up(self, after):
        self.time_passes(after)
        cancel.rescue()
        cancel.drop_forgotten()

    @rule(read_fault=read_fault, everything=some.booleans())
    def a_worker_refreshes(self, read_fault, everything):
        with self.reads_meet(read_fault), suppress(remote.MediaError):
            if everything:
                list(sync.discover())
            else:
                sync.refresh_active()

    @rule(at=place, is_for_long=some.sampled_from([False, False, True]))
    def somebody_reads_a_job(self, at, is_for_long):
        """Read one job, or read it in vain until the remote is left alone for a while."""
        with self.reads_meet("error" if is_for_long else ""):
            sync.refresh(self.job(at))
            while is_for_long and not remote.connect().pacing.snapshot().reads_open:
                assert sync.refresh(self.job(at))

    # What happens elsewhere.

    @rule(at=place, ending=some.sampled_from(ENDINGS))
    def a_job_ends_by_itself(self, at, ending):
        every = list(self.world.jobs.values())
        job = every[at % len(every)]
        if job.status in ("Running", "Pending"):
            job.ends_at, job.ending = self.world.clock(), ending


@pytest.fixture
def people(make_user):
    users = [make_user("bulk operator", name) for name in ("ada", "grace")]
    return [Actor(user.username, "web", user, str(user.pk)) for user in users]


@pytest.fixture
def stopped_clocks(monkeypatch):
    """Let pass only the time that the walk lets pass: each time it is walked it is the same."""
    begin, ticks = timezone.now(), count()
    monkeypatch.setattr(timezone, "now", lambda: begin + timedelta(microseconds=next(ticks)))
    of_pacing, of_flights = Clock(), SimpleNamespace(monotonic=Clock(0.0))
    monkeypatch.setattr(Pacing.__init__, "__defaults__", (of_pacing, of_pacing.advance))
    of_client = remote.MediaClient.__init__.__kwdefaults__ | {"sleep": of_pacing.advance}
    monkeypatch.setattr(remote.MediaClient.__init__, "__kwdefaults__", of_client)
    monkeypatch.setattr(sys.modules[Flight.__module__], "time", of_flights)


@pytest.mark.usefixtures("stopped_clocks")
@pytest.mark.parametrize("ways", WAYS)
def test_whatever_happens_no_invariant_breaks_and_everything_ends(people, network, settings, ways):
    # One request at a time, so that it is the same one each time that meets a fault.
    settings.MEDIA_API_MAX_IN_FLIGHT = 1
    run_state_machine_as_test(lambda: Walk(network, people), settings=ways)
