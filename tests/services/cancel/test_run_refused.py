"""Credentials refused while a batch runs: it pauses and says why, and no job suffers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediajobs import remote
from mediajobs.models import AttemptState, AuditEvent, BatchState, Heartbeat
from mediajobs.services import cancel, pulse, sync
from mediajobs.services.cancel.claim import claim
from mediajobs.services.cancel.send import send
from tests.services.cancel.steps import an_hour_later, kinds, only, run, write

TOKENS = "https://tokens.test/"
TOKEN = "test-token"


@pytest.fixture
def app_key(settings):
    """Credentials that have to fetch their token."""
    settings.DOLBYIO_API_TOKEN, settings.DOLBYIO_AUTH_URL = "", TOKENS
    settings.DOLBYIO_APP_KEY, settings.DOLBYIO_APP_SECRET = "key", "secret"
    remote.forget()


def assert_paused_until_somebody_resumes(batch):
    batch.refresh_from_db()
    assert (batch.state, batch.resumes_at) == (BatchState.PAUSED, None)
    assert "credentials" in batch.pause_reason or "app key" in batch.pause_reason


def posts(world, attempt):
    """The cancel requests for a job that arrived, refused ones too."""
    sent = (entry for entry in world.journal if entry.method == "POST")
    return [entry for entry in sent if entry.job_id == attempt.remote_id]


def run_again(batch):
    """Let a worker find everything due once more."""
    batch.attempts.update(not_before=None)
    run(batch)


def test_wrong_credentials_pause_the_batch_and_lose_nothing(make_job, batch_of, world):
    world.static_token = "another"
    batch = batch_of(make_job(), make_job())
    run(batch)
    run_again(batch)
    assert_paused_until_somebody_resumes(batch)
    assert batch.counts()["queued"] == 2


def test_one_refusal_among_many_answers_does_not_stop_the_batch(make_job, batch_of, world):
    world.cancel_delay = 3600
    world.fault_next("cancel.unauthorized")
    batch = batch_of(*[make_job() for _ in range(20)])
    assert not run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING
    assert (batch.counts()["requested"], batch.counts()["queued"]) == (19, 1)


def test_a_no_to_one_job_shows_that_the_credentials_of_the_others_are_known(
    make_job, batch_of, world
):
    world.fault_next("cancel.refuse", "cancel.unauthorized")
    batch = batch_of(make_job(), make_job())
    run(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING
    assert (batch.counts()["refused"], batch.counts()["queued"]) == (1, 1)


def test_credentials_that_end_in_the_middle_stop_the_batch_after_a_few_refusals(
    make_job, batch_of, world, settings
):
    settings.MEDIA_API_MAX_IN_FLIGHT = 1
    batch = batch_of(*[make_job() for _ in range(300)])
    world.fault_next(*["cancel.slow"] * 60)  # a fault that changes nothing here
    world.faults = {"cancel.unauthorized": 1.0}
    run(batch)
    assert_paused_until_somebody_resumes(batch)
    refused = [entry for entry in world.journal if entry.status == 401]
    assert 0 < len(refused) < 240


@pytest.mark.parametrize("left", [1, 2])
def test_credentials_that_end_before_the_last_jobs_pause_the_batch(make_job, batch_of, world, left):
    world.cancel_delay = 3600
    jobs = [make_job() for _ in range(3)]
    batch = batch_of(*jobs)
    batch.attempts.filter(job__in=jobs[:left]).update(not_before="2100-01-01T00:00Z")
    run(batch)
    world.faults = {"cancel.unauthorized": 1.0}
    run_again(batch)
    run_again(batch)
    assert_paused_until_somebody_resumes(batch)
    assert (batch.counts()["requested"], batch.counts()["queued"]) == (3 - left, left)


def test_once_mended_and_resumed_it_goes_on_and_no_item_was_given_up(
    make_job, batch_of, world, operator
):
    world.cancel_delay = 3600
    batch = batch_of(make_job())
    world.static_token = "another"
    run(batch)
    for _ in range(8):
        run_again(batch)
        assert_paused_until_somebody_resumes(batch)
        an_hour_later(batch)
        cancel.verify()
        assert cancel.resume(batch, by=operator)
    world.static_token = TOKEN
    run(batch)
    assert only(batch).state == AttemptState.REQUESTED


@pytest.fixture
def one_foreign(make_job, batch_of, world, settings):
    """Three jobs of which the first is refused to us, twice, while the others are taken."""
    settings.MEDIA_API_MAX_IN_FLIGHT = 1
    remote.forget()
    world.cancel_delay = 3600
    batch = batch_of(*[make_job() for _ in range(3)])
    for _ in range(2):
        world.fault_next("cancel.unauthorized")
        run(batch)
        batch.attempts.update(not_before=None)
    return batch


def first(batch):
    return batch.attempts.order_by("pk")[0]


def test_a_job_that_is_refused_again_while_others_are_taken_is_refused_itself(one_foreign, world):
    cancel.verify()
    attempt = first(one_foreign)
    assert attempt.state == AttemptState.REFUSED
    assert attempt.detail.startswith(
        "Refused, and the job has not ended. The same credentials were good for others"
    )
    assert [entry.status for entry in posts(world, attempt)] == [401, 401]
    one_foreign.refresh_from_db()
    assert one_foreign.state == BatchState.RUNNING


def test_a_job_that_had_ended_is_found_so_though_its_cancel_was_refused_twice(one_foreign, world):
    world.job(first(one_foreign).remote_id).settle("Success", 0)
    cancel.verify()
    assert first(one_foreign).state == AttemptState.ALREADY_FINAL


def test_a_job_that_we_may_not_even_read_is_refused_after_one_look(one_foreign, world):
    pulse.beat(Heartbeat.of_remote(None))
    world.fault_next("status.unauthorized")
    one_foreign.attempts.filter(state="requested").update(verify_at=None)
    cancel.verify()
    attempt = first(one_foreign)
    assert attempt.state == AttemptState.REFUSED
    assert attempt.detail.startswith("Refused, and the job could not be looked at since.")


def test_a_second_refusal_since_which_no_other_was_taken_is_about_us(
    make_job, batch_of, world, operator
):
    world.cancel_delay = 3600
    batch = batch_of(make_job(), make_job())
    batch.attempts.filter(pk=first(batch).pk).update(not_before="2100-01-01T00:00Z")
    run(batch)
    world.faults = {"cancel.unauthorized": 1.0}
    run_again(batch)
    for _ in range(2):
        run_again(batch)
        assert_paused_until_somebody_resumes(batch)
        assert cancel.resume(batch, by=operator)
    assert first(batch).state == AttemptState.QUEUED


def test_a_last_job_that_is_refused_again_while_its_app_is_read_is_refused_itself(
    make_job, batch_of, world
):
    batch = batch_of(make_job())
    world.faults = {"cancel.unauthorized": 1.0}
    run(batch)
    sync.refresh_active()
    run_again(batch)
    cancel.verify()
    assert only(batch).state == AttemptState.REFUSED
    batch.refresh_from_db()
    assert batch.state == BatchState.FINISHED


def test_what_was_taken_before_a_refusal_says_nothing_of_the_credentials_since(
    make_job, batch_of, world, operator
):
    world.cancel_delay = 3600
    batch = batch_of(make_job(), make_job())
    taken, refused = batch.attempts.order_by("pk")
    run(batch)
    now = timezone.now()
    refusal = {"state": "queued", "answered_at": now, "remote_status": 401, "requested_at": None}
    batch.attempts.filter(pk=refused.pk).update(**refusal, sent_at=now, verify_at=None)
    # It left before that refusal, and its answer came later.
    just_before, just_after = now - timedelta(seconds=1), now + timedelta(seconds=1)
    batch.attempts.filter(pk=taken.pk).update(sent_at=just_before, requested_at=just_after)
    world.faults = {"cancel.unauthorized": 1.0}
    run_again(batch)
    assert_paused_until_somebody_resumes(batch)
    refused.refresh_from_db()
    assert refused.state == AttemptState.QUEUED


def test_refused_credentials_wait_for_a_person_whatever_pause_the_refusal_names(
    make_job, batch_of, network, app_key
):
    network.post(TOKENS, status=401, headers={"Retry-After": "1"})
    batch = batch_of(make_job())
    run(batch)
    assert_paused_until_somebody_resumes(batch)


def test_what_was_answered_last_stays_when_the_next_request_does_not_leave(
    make_job, batch_of, world
):
    batch = batch_of(make_job())
    world.fault_next("cancel.unauthorized")
    run(batch)
    batch.attempts.update(not_before=None)
    attempt = claim(batch, worker="w")[0]
    assert send(remote.connect(), attempt, still_wanted=lambda: False).error.is_sent is False
    write(batch, [send(remote.connect(), attempt, still_wanted=lambda: False)])
    attempt = only(batch)
    assert (attempt.state, attempt.remote_status) == (AttemptState.QUEUED, 401)
    assert attempt.was_sent


@pytest.mark.parametrize("answer", [None, 401, 429])
def test_without_a_token_nothing_left_and_the_trail_says_so(
    make_job, batch_of, world, settings, network, request, answer
):
    settings.DOLBYIO_API_TOKEN = ""
    if answer:
        request.getfixturevalue("app_key")
        network.post(TOKENS, status=answer)
    batch = batch_of(make_job())
    run(batch)
    attempt = only(batch)
    assert (attempt.state, attempt.send_count) == (AttemptState.QUEUED, 0)
    assert attempt.remote_status is None
    assert kinds(attempt) == ["cancel.sent", "cancel.withheld"]
    assert not world.journal.cancels


def test_a_request_that_was_refused_is_on_record_though_its_token_cannot_be_renewed(
    make_job, batch_of, world, network, app_key
):
    network.post(TOKENS, json={"access_token": TOKEN, "expires_in": 1800})
    network.post(TOKENS, status=503)
    world.fault_next("cancel.unauthorized")
    batch = batch_of(make_job())
    run(batch)
    attempt = only(batch)
    assert kinds(attempt) == ["cancel.sent", "cancel.answered"]
    assert (attempt.state, attempt.remote_status) == (AttemptState.QUEUED, 401)
    assert "The token has expired." in attempt.answer
    assert attempt.detail.startswith("HTTP 401, and not sent a second time. No token:")


def test_an_app_key_that_is_refused_pauses_the_batch_and_is_not_tried_for_ever(
    make_job, batch_of, network, app_key
):
    network.post(TOKENS, status=401)
    batch = batch_of(make_job())
    batch.attempts.create(
        job=make_job(), remote_id="taken", state="requested", requested_at=batch.confirmed_at
    )
    for _ in range(3):
        run(batch)
        an_hour_later(batch)
        cancel.rescue()
    assert_paused_until_somebody_resumes(batch)
    assert AuditEvent.objects.filter(kind="cancel.sent").count() == 1
    assert len(network.calls) == 1
