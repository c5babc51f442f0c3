"""People who press a button twenty times, press it together, and change their mind."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.person import Person
from tests.running import wait_until

#: So few that no number has to be typed.
JOBS = 80


@pytest.fixture
def drill(start):
    """A panel in service, slow enough for people to meet its work under way."""
    drill = start(JOBS, MEDIA_API_MAX_PER_SECOND="25")
    drill.remote.set(latency=0.3, cancel_delay=0.5)
    with drill.panel.serving():
        yield drill
        assert "Traceback" not in drill.log()


@pytest.fixture
def sign_in(drill):
    """Sign somebody in, whose cookie may stand nowhere afterwards."""

    def sign_in(name):
        person = Person(drill.panel.url, name)
        drill.secrets |= {person.cookie}
        return person

    return sign_in


def together(*deeds):
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [deed.result() for deed in [pool.submit(deed) for deed in deeds]]


def asked_for(drill):
    return [entry.job_id for entry in drill.remote.sent()]


def test_twenty_confirmations_of_one_draft_release_it_once(drill, sign_in):
    person = sign_in("bulk-operator")
    draft = person.draft_all()
    form = person.form(f"{draft}change/")
    together(*[lambda: person.confirm(draft, form)] * 20)
    drill.wait_for_state("finished")
    drill.check_invariants()
    assert drill.kinds()["batch.confirmed"] == 1
    assert len(asked_for(drill)) == len(set(asked_for(drill))) == JOBS
    assert drill.states() == {"cancelled": JOBS}


def test_two_people_who_want_the_same_jobs_send_one_request_for_each(drill, sign_in):
    people = [sign_in("bulk-operator"), sign_in("administrator")]
    drafts = [person.draft_all() for person in people]
    forms = [person.form(f"{draft}change/") for person, draft in zip(people, drafts, strict=True)]

    def confirm(which):
        return lambda: people[which].confirm(drafts[which], forms[which])

    together(confirm(0), confirm(1))
    wait_until(lambda: {batch["state"] for batch in drill.batches()} == {"finished"}, 60)
    drill.check_invariants()
    assert [batch["state"] for batch in drill.batches()] == ["finished"] * 2
    assert len(asked_for(drill)) == len(set(asked_for(drill))) == JOBS
    assert drill.states()["cancelled"] >= JOBS


@pytest.mark.drill
def test_what_followed_a_request_of_an_aborted_cancellation_is_sent_by_its_own(drill, sign_in):
    """Half of the first one's requests get nowhere; it is aborted while it looks at their jobs."""
    first, second = sign_in("bulk-operator"), sign_in("administrator")
    drafts = [person.draft_all() for person in (first, second)]
    forms = [first.form(f"{drafts[0]}change/"), second.form(f"{drafts[1]}change/")]
    drill.remote.set(faults={"cancel.reset": 0.5})
    together(
        lambda: first.confirm(drafts[0], forms[0]), lambda: second.confirm(drafts[1], forms[1])
    )
    drill.wait_until_sent(JOBS)
    drill.remote.set(faults={})
    first.press(f"{drafts[0]}abort/", first.form(f"{drafts[0]}abort/ask/"))
    assert set(drill.remote.statuses().values()) != {"Cancelled"}, "nothing is left to be sent"
    wait_until(lambda: set(drill.remote.statuses().values()) == {"Cancelled"}, 90)
    wait_until(lambda: [each["state"] for each in drill.batches()] == ["aborted", "finished"], 60)
    drill.check_invariants()
    assert set(of_batch(drill, 2)) <= {"cancelled", "joined"}


def of_batch(drill, place):
    """The states of the items of the first or the second cancellation."""
    number = drill.batches()[place - 1]["id"]
    sql = f"SELECT state FROM mediajobs_cancelattempt WHERE batch_id = {number}"
    return [state for (state,) in drill.rows(sql)]


def test_after_an_abort_nothing_leaves_any_more(drill, sign_in):
    person = sign_in("bulk-operator")
    draft = person.draft_all()
    person.confirm(draft, person.form(f"{draft}change/"))
    drill.wait_until_sent(20)
    person.press(f"{draft}abort/", person.form(f"{draft}abort/ask/"))
    aborted_at = time.time()
    drill.wait_for_state("aborted")
    wait_until(lambda: set(drill.states()) == {"cancelled", "not_sent"}, 60)
    time.sleep(2)
    drill.check_invariants()
    late = [entry for entry in drill.remote.sent() if entry.at > aborted_at + 1]
    assert late == []
    assert drill.states()["cancelled"] == len(asked_for(drill))
