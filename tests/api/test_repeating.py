"""Idempotency-Key: sent twice, carried out once, answered alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from mediajobs import tasks
from mediajobs.models import AuditEvent, CancelBatch, Job, KeptAnswer
from tests.api.asking import WHY, errors, named, problem


def record(pipeline, *jobs, key):
    return pipeline.post("jobs", {"jobs": list(jobs)}, key=key)


def test_a_request_sent_again_is_answered_alike_and_does_nothing(pipeline):
    first = record(pipeline, named(), key="one")
    events = AuditEvent.objects.count()
    second = record(pipeline, named(), key="one")
    assert second.content == first.content
    assert second.json()["new_count"] == 1
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert AuditEvent.objects.count() == events


def test_a_cancellation_sent_again_is_the_same_one(pipeline, make_job):
    body = {"ids": [make_job().remote_id], **WHY}
    first, second = (pipeline.post("cancellations", body, key="one") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert CancelBatch.objects.count() == 1


def test_without_a_key_each_request_counts(pipeline, make_job):
    body = {"ids": [make_job().remote_id], **WHY}
    numbers = {pipeline.post("cancellations", body).json()["id"] for _ in range(2)}
    assert len(numbers) == 2


def test_the_same_key_for_another_request_is_refused_and_does_nothing(pipeline):
    record(pipeline, named(1), key="one")
    told = problem(record(pipeline, named(2), key="one"), 422)
    assert told["detail"].startswith("This Idempotency-Key came with another request before.")
    other = pipeline.post("cancellations", {"filter": {"status": "active"}, **WHY}, key="one")
    problem(other, 422)
    assert Job.objects.count() == 1
    assert not CancelBatch.objects.exists()


def test_a_key_is_each_client_s_own(make_pipeline):
    one, other = make_pipeline("record"), make_pipeline("record", name="other")
    record(one, named(1), key="one")
    assert record(other, named(2), key="one").json()["new_count"] == 1


def test_a_request_that_failed_is_mended_and_sent_under_its_key(pipeline):
    problem(record(pipeline, named(1), named(1), key="one"), 422)
    problem(pipeline.post("cancellations", {"filter": {"status": "failed"}, **WHY}, key="one"), 422)
    assert not KeptAnswer.objects.exists()
    assert record(pipeline, named(1), key="one").json()["new_count"] == 1


@pytest.mark.parametrize("key", ["a b", "é", "x" * 256, "a\tb"])
def test_a_key_of_other_than_visible_characters_is_refused(pipeline, key):
    found = errors(record(pipeline, named(), key=key))
    assert list(found) == ["Idempotency-Key"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("key", ["x", "~" * 255, "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"])
def test_a_key_of_visible_characters_is_taken(pipeline, key):
    assert record(pipeline, named(), key=key).status_code == 200


def test_answers_are_kept_for_a_day(pipeline):
    record(pipeline, named(1), key="old")
    record(pipeline, named(2), key="young")
    day, minute = timedelta(days=1), timedelta(minutes=1)
    for key, age in {"old": day + minute, "young": day - minute}.items():
        KeptAnswer.objects.filter(key=key).update(created_at=timezone.now() - age)
    tasks.drop_answers()
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["young"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_sent_many_times_at_once_it_is_carried_out_once(pipeline, make_job):
    body = {"ids": [make_job().remote_id], **WHY}

    def send(_):
        try:
            return pipeline.post("cancellations", body, key="one")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in answers]
    assert sorted(replayed, key=str) == [None, *["true"] * 7]
    assert CancelBatch.objects.count() == 1
    assert AuditEvent.objects.filter(kind="batch.confirmed").count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_pipelines_that_name_the_same_jobs_at_once_record_each_once(make_pipeline):
    pipelines = [make_pipeline("record", name=name) for name in ("one", "other")]
    jobs = [named(number) for number in range(200)]

    def send(place):
        try:
            return pipelines[place].post("jobs", {"jobs": jobs[:: 1 - 2 * place]}).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(send, range(2)))
    assert sum(each["new_count"] for each in told) == 200
    assert sum(each["known_count"] for each in told) == 200
    assert Job.objects.count() == 200
