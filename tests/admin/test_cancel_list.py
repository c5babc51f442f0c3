"""The list of cancellations."""

import pytest
from django.urls import reverse

from mediajobs.models import AttemptState, BatchState, CancelBatch
from tests.admin.cancel_steps import actor, draft, release, text, url

LIST = "/mediajobs/cancelbatch/"
LIST_QUERIES = 9


@pytest.fixture
def person(sign_in):
    return sign_in("bulk operator")


def finish(batch, *states):
    """End a batch whose attempts stand at these states."""
    for attempt, state in zip(batch.attempts.order_by("pk"), states, strict=True):
        batch.attempts.filter(pk=attempt.pk).update(state=state)
    CancelBatch.objects.filter(pk=batch.pk).update(state=BatchState.FINISHED)


def test_each_batch_has_its_state_who_why_and_how_far_it_is(person, make_job):
    draft(make_job())
    running = release(make_job(), make_job(), make_job())
    running.attempts.filter(pk=running.attempts.first().pk).update(state=AttemptState.CANCELLED)
    words = text(person.get(LIST))
    assert "Draft bulk-operator – 1 not confirmed, nothing sent 0 s" in words
    assert "Running bulk-operator It hangs. 3 1 of 3 settled 0 s" in words


def test_an_end_with_problems_is_told_from_a_good_end(person, make_job):
    finish(release(make_job()), AttemptState.CANCELLED)
    finish(release(make_job(), make_job()), AttemptState.CANCELLED, AttemptState.REFUSED)
    words = text(person.get(LIST))
    assert "Finished bulk-operator It hangs. 1 1 of 1 settled" in words
    assert "Finished with problems bulk-operator It hangs. 2 2 of 2 settled, 1 with a" in words


def test_a_list_without_cancellations_says_how_to_begin(person):
    words = text(person.get(LIST))
    assert "No cancellation was requested yet." in words
    assert "Request cancellation of selected jobs" in words


def test_a_list_where_nothing_matches_says_how_to_see_all(person, make_job):
    draft(make_job())
    response = person.get(LIST, {"state": "paused"})
    assert "Nothing matches with these filters." in text(response)
    assert f'<a href="{LIST}">Show all cancellations</a>' in response.content.decode()


def test_a_long_reason_is_cut(person, make_job):
    batch = release(make_job())
    CancelBatch.objects.filter(pk=batch.pk).update(reason="long " * 400)
    assert "long " * 20 not in text(person.get(LIST))


def test_the_list_is_narrowed_by_state_and_by_who(person, make_user, make_job):
    make_user("bulk operator", name="colleague")
    draft(make_job())
    theirs = release(make_job(), by=actor("colleague"))
    for query in ({"state": "running"}, {"requested_by_name": "colleague"}):
        content = person.get(LIST, query).content.decode()
        assert "1 cancellation" in text(person.get(LIST, query))
        assert url("change", theirs) in content


def test_a_good_end_and_an_end_with_problems_are_filtered_apart(person, make_job):
    good, bad = release(make_job()), release(make_job(), make_job())
    finish(good, AttemptState.CANCELLED)
    finish(bad, AttemptState.CANCELLED, AttemptState.REFUSED)
    stopped = release(make_job())
    finish(stopped, AttemptState.REFUSED)
    CancelBatch.objects.filter(pk=stopped.pk).update(state=BatchState.ABORTED)
    for state, batch in (("finished", good), ("problems", bad), ("aborted", stopped)):
        response = person.get(LIST, {"state": state})
        assert [each.pk for each in response.context["cl"].result_list] == [batch.pk]


@pytest.mark.parametrize(("query", "count"), [("{pk}", 1), ("abc", 0), ("9" * 30, 0)])
def test_a_batch_is_found_by_its_number(person, make_job, query, count):
    batch = draft(make_job())
    response = person.get(LIST, {"q": query.format(pk=batch.pk)})
    assert response.status_code == 200
    assert (url("change", batch) in response.content.decode()) == bool(count)


def test_the_list_costs_the_same_for_one_batch_and_for_many(
    person, make_job, django_assert_num_queries
):
    release(make_job())
    person.get(LIST)
    for _ in range(2):
        with django_assert_num_queries(LIST_QUERIES):
            person.get(LIST)
        for _ in range(10):
            release(make_job())


@pytest.mark.parametrize("name", ["add", "delete"])
def test_nothing_is_added_or_deleted_by_hand(person, make_job, name):
    batch = draft(make_job())
    args = [] if name == "add" else [batch.pk]
    address = reverse(f"admin:mediajobs_cancelbatch_{name}", args=args)
    assert (person.get(address).status_code, person.post(address).status_code) == (403, 403)
    assert CancelBatch.objects.count() == 1


def test_the_list_is_for_those_who_may_see_cancellations(client, make_user):
    client.force_login(make_user(""))
    assert client.get(LIST).status_code == 403
