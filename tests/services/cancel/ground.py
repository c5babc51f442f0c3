"""The ground that the walk goes over: a world, a clock, workers, and the end of each walk."""

import sys
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from mediajobs import remote
from mediajobs.models import (
    AttemptState,
    AuditEvent,
    BatchState,
    CancelAttempt,
    CancelBatch,
    Job,
)
from mediajobs.services import cancel
from mediajobs.services.cancel.send import send
from mediajobs.simulator.world import World
from tests.invariants import check_invariants
from tests.services.cancel.steps import run, write
from tests.simulated import Clock, serve_through_responses

MOST_ROUNDS = 30
#: Those for one job go one after the other: one round to be sent, one to be confirmed.
ROUNDS_EACH = 2
#: After these faults the next call of the same process would really wait.
WAITS = ["throttle", "throttle_silent", "unavailable"]
#: Whatever the engine compares with the present.
MOMENTS = {
    CancelAttempt: (
        *("lease_expires_at", "not_before", "verify_at"),
        *("sent_at", "answered_at", "requested_at", "ended_at"),
    ),
    CancelBatch: (
        *("created_at", "confirmed_at", "ended_at", "worked_at", "paused_at", "resumes_at"),
    ),
    Job: ("checked_at", "missing_at"),
}


class Ground(RuleBasedStateMachine):
    """One walk: in a transaction that is rolled back, against a world of its own."""

    def __init__(self, network, people):
        super().__init__()
        self.example = transaction.atomic()
        # As a test case of Django does it: a durable transaction may be inside this one.
        self.example._from_testcase = True
        self.example.__enter__()
        remote.forget()
        self.people = people
        self.silent = []  # claims of workers that nobody hears of any more
        self.unwritten = []  # answers that such workers received and did not write
        self.states = {}
        self.with_work = []  # running batches in which something is queued
        self.newest_event = 0
        self.ended = set()  # jobs that the panel knew to have ended before this step
        self.world = World(seed=1, clock=Clock(), token=settings.DOLBYIO_API_TOKEN)
        network.reset()
        hosts = settings.DOLBYIO_API_URL, settings.DOLBYIO_AUTH_URL
        serve_through_responses(network, self.world, *hosts)

    def teardown(self):
        try:
            if sys.exception() is None:
                self.everything_comes_to_an_end()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def batches(self, *states):
        return [key for key, state in self.states.items() if state in states]

    def batch(self, at, *states):
        keys = self.batches(*states)
        return CancelBatch.objects.get(pk=keys[at % len(keys)])

    def batch_with_work(self, at):
        return CancelBatch.objects.get(pk=self.with_work[at % len(self.with_work)])

    def job(self, at):
        """One of the active jobs as long as there are any, now and then one of all."""
        every = Job.objects.order_by("remote_id")
        active = every.active() if at else every
        chosen = active if active.exists() else every
        return chosen[at % len(chosen)]

    @contextmanager
    def reads_meet(self, read_fault):
        if read_fault:
            self.world.faults = {f"status.{read_fault}": 1.0, f"jobs.{read_fault}": 1.0}
        yield
        self.world.faults = {}

    def send(self, attempt, fault):
        """Send as a worker does, whose process then speaks no more: others need not wait."""
        if fault:
            self.world.fault_next(f"cancel.{fault}")
        is_leased = attempt.lease_expires_at > timezone.now()
        count = self.world.cancels(attempt.remote_id)
        outcome = send(remote.connect(), attempt, still_wanted=lambda: True)
        is_asked = self.world.cancels(attempt.remote_id) > count
        assert is_leased or not is_asked, f"{attempt} was sent after its lease had run out."
        if fault in WAITS:
            remote.forget()
        return outcome

    def time_passes(self, seconds):
        """Everything becomes older, and whoever was told to wait has waited."""
        if not seconds:
            return
        ago = timedelta(seconds=seconds)
        for model, names in MOMENTS.items():
            model.objects.update(**{name: F(name) - ago for name in names})
        for _, claimed in self.silent:
            for attempt in claimed:
                attempt.lease_expires_at -= ago
        self.world.clock.advance(seconds)
        remote.forget()

    @invariant()
    def everything_holds(self):
        self.states = dict(CancelBatch.objects.order_by("pk").values_list("pk", "state"))
        queued = set(CancelAttempt.objects.queued().values_list("batch", flat=True))
        self.with_work = [key for key in self.batches(BatchState.RUNNING) if key in queued]
        check_invariants(self.world)
        self.nothing_was_sent_for_what_had_ended()

    def nothing_was_sent_for_what_had_ended(self):
        """By the table: also of jobs whose end no attempt was waiting for."""
        sends = AuditEvent.objects.filter(kind="cancel.sent", pk__gt=self.newest_event)
        sent = set(sends.values_list("job_id", flat=True))
        assert not sent & self.ended, f"{sent & self.ended} were known to have ended."
        self.newest_event = AuditEvent.objects.aggregate(key=Max("pk", default=0))["key"]
        final = [job for job in Job.objects.all() if job.is_final]
        self.ended = {job.remote_id for job in final}

    def everything_comes_to_an_end(self):
        waiting = CancelAttempt.objects.open().released().count()
        for _ in range(MOST_ROUNDS + ROUNDS_EACH * waiting):
            if not self.is_anything_waiting():
                break
            self.time_passes(3600)
            cancel.rescue()
            self.everything_holds()
            for key in self.batches(BatchState.RUNNING):
                run(CancelBatch.objects.get(pk=key))
            cancel.verify()
            self.everything_holds()
        for batch, outcomes in self.unwritten:
            write(batch, outcomes)
        self.everything_holds()
        left = CancelAttempt.objects.open().released().values_list("pk", "state", "batch__state")
        assert not self.is_anything_waiting(), f"Something stays open for ever: {list(left)}."

    def is_anything_waiting(self):
        """Whether something is open that needs no person to go on."""
        halted = CancelBatch.objects.filter(state=BatchState.PAUSED, resumes_at=None)
        held = CancelAttempt.objects.filter(batch__in=halted, state=AttemptState.QUEUED)
        open_attempts = CancelAttempt.objects.open().released().exclude(pk__in=held.values("pk"))
        going_on = CancelBatch.objects.going_on().exclude(pk__in=halted.values("pk"))
        return open_attempts.exists() or going_on.exists()
