"""POST /api/jobs: recorded, named, known; all or none."""

import pytest

from mediajobs.models import AuditEvent, Credential, Job
from tests.api.asking import ID, errors, named, problem

SAID = {"label": "News", "owner": "Sport", "link": "https://mam/1", "note": "Why"}


def record(pipeline, *jobs, **about):
    return pipeline.post("jobs", {"jobs": list(jobs)}, **about)


def test_a_new_job_is_recorded_and_named_in_the_name_of_the_client(pipeline):
    answer = record(pipeline, named(**SAID))
    assert answer.json() == {
        "new_count": 1,
        "named_count": 0,
        "known_count": 0,
        "jobs": [{"job_id": ID.format(1), "result": "new", "filled": [], "kept": []}],
    }
    job = Job.objects.get()
    assert {name: getattr(job, name) for name in SAID} == SAID
    assert (job.source, job.recorded_by) == ("api", "api:nightly")
    event = AuditEvent.objects.get(kind="job.recorded")
    assert (event.actor, event.channel, event.address) == ("api:nightly", "api", "127.0.0.1")
    assert event.actor_id == f"client:{pipeline.client.pk}"


def test_a_known_job_is_named_where_nobody_did_and_says_so(pipeline, make_job):
    job = make_job(label="Ours")
    said = {"job_id": job.remote_id, "path": job.path, "label": "Theirs", "owner": "Sport"}
    told = record(pipeline, said).json()
    assert (told["named_count"], told["jobs"]) == (
        1,
        [{"job_id": job.remote_id, "result": "named", "filled": ["owner"], "kept": ["label"]}],
    )
    again = record(pipeline, said).json()
    assert (again["known_count"], again["jobs"][0]["result"]) == (1, "known")
    assert AuditEvent.objects.filter(kind="job.edited").count() == 1


def test_spaces_around_a_text_are_dropped(pipeline):
    record(pipeline, {"job_id": f" {ID.format(1)} ", "path": "/media/master ", "label": " News "})
    job = Job.objects.get()
    assert (job.remote_id, job.path, job.label) == (ID.format(1), "/media/master", "News")


def test_hostile_text_is_kept_as_it_came_and_shown_as_text(pipeline, sign_in):
    hostile = "<script>alert(1)</script> '; DROP TABLE job; -- {{ 7*7 }} \u202e=cmd|'/c calc'!A1"
    record(pipeline, named(label=hostile, owner=hostile, note=hostile))
    job = Job.objects.get()
    assert (job.label, job.owner, job.note) == (hostile, hostile, hostile)
    page = sign_in("viewer").get(f"/mediajobs/job/{job.pk}/change/").content.decode()
    assert "<script>alert" not in page
    assert pipeline.get(f"jobs/{job.remote_id}").json()["label"] == hostile


def test_a_mistake_in_one_row_leaves_all_of_them_out(pipeline):
    answer = record(pipeline, named(1), named(2, path="/etc/passwd"), {"path": "/media/master"})
    assert errors(answer) == {
        "/jobs/1/path": (
            "“/etc/passwd” is no path that jobs are submitted to. "
            "Write one such as /media/transcode."
        ),
        "/jobs/2/job_id": "It is missing.",
    }
    told = answer.json()
    assert [each["index"] for each in told["errors"]] == [1, 2]
    assert told["detail"] == "2 mistakes in this request; nothing was done."
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("said", "place", "sentence"),
    [
        ({"job_id": "abc"}, "job_id", "“abc” is not a job id."),
        ({"job_id": 12345678}, "job_id", "Write a text."),
        ({"job_id": None}, "job_id", "Write a text."),
        ({"job_id": ""}, "job_id", "“” is not a job id."),
        ({"label": "x" * 201}, "label", "Shorten it to 200 characters."),
        ({"owner": "x" * 151}, "owner", "Shorten it to 150 characters."),
        ({"link": "https://x/" + "x" * 491}, "link", "Shorten it to 500 characters."),
        ({"note": "x" * 2001}, "note", "Shorten it to 2,000 characters."),
        ({"link": "javascript:alert(1)"}, "link", "“javascript:alert(1)” is no web address."),
        ({"label": "a\0b"}, "label", "It holds the character NUL, which is no text."),
        ({"note": "a\ud800b"}, "note", "It holds half a character, which is no text."),
        ({"title": "News"}, "title", "There is no such field."),
        ({"label": ["News"]}, "label", "Write a text."),
        ({"label": {"en": "News"}}, "label", "Write a text."),
        ({"a/b~c": 1}, "a~1b~0c", "There is no such field."),
    ],
)
def test_what_will_not_do_is_said_at_its_place(pipeline, said, place, sentence):
    found = errors(record(pipeline, {**named(), **said}))
    assert list(found) == [f"/jobs/0/{place}"]
    assert found[f"/jobs/0/{place}"].startswith(sentence)
    assert not Job.objects.exists()


def test_the_longest_texts_are_taken(pipeline):
    longest = {"label": "€" * 200, "owner": "€" * 150, "note": "€" * 2000}
    link = "https://x/" + "x" * 490
    assert record(pipeline, named(link=link, **longest)).status_code == 200
    job = Job.objects.get()
    assert (job.link, job.note) == (link, longest["note"])


def test_a_job_that_comes_twice_is_refused_with_both_places(pipeline):
    answer = record(pipeline, named(1), named(2), named(1, label="x"))
    assert errors(answer) == {"/jobs/2/job_id": "This job is here twice: see /jobs/0 too."}
    assert not Job.objects.exists()


def test_a_thousand_are_taken_and_not_one_more(pipeline):
    assert record(pipeline, *map(named, range(1000))).json()["new_count"] == 1000
    answer = record(pipeline, *map(named, range(1001)))
    assert errors(answer) == {"/jobs": "It has more than 1,000, the most at once."}


def test_of_many_mistakes_the_first_hundred_are_listed_and_the_rest_counted(pipeline):
    answer = record(pipeline, *[{"job_id": "?", "path": "?"}] * 300)
    told = problem(answer, 422)
    assert len(told["errors"]) == 100
    assert told["detail"].endswith("The first 100 of 600 mistakes are listed.")


def test_a_thousand_are_recorded_in_as_many_statements_as_two_groups(
    pipeline, django_assert_num_queries
):
    pipeline.get("jobs")  # notes the use
    jobs = [named(number, **SAID) for number in range(1000)]
    # the client; around the deed and around its part a savepoint each; two groups; the event
    with django_assert_num_queries(8):
        record(pipeline, *jobs)
    # … the known ones in place of the event
    with django_assert_num_queries(8):
        assert record(pipeline, *jobs).json()["known_count"] == 1000


@pytest.fixture
def sports(db):
    return Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")


def test_what_a_bound_client_records_are_jobs_of_its_app(make_pipeline, sports):
    record(make_pipeline("record", credential=sports), named())
    assert Job.objects.get().credential == sports


def test_a_bound_client_cannot_name_a_job_of_another_app(make_pipeline, sports, make_job):
    foreign = make_job()
    bound = make_pipeline("record", credential=sports)
    said = {"job_id": foreign.remote_id, "path": foreign.path, "label": "x"}
    answer = record(bound, named(), said)
    assert errors(answer)["/jobs/1/job_id"] == (
        "This job is here as one of another app than Sports, to which you are bound."
    )
    assert list(Job.objects.values_list("label", flat=True)) == [""]


def test_where_the_settings_name_no_app_a_token_of_none_records_nothing_new(pipeline, settings):
    settings.DOLBYIO_API_TOKEN = ""
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    found = errors(record(pipeline, named(1), named(2)))
    assert list(found) == ["/jobs/0/job_id", "/jobs/1/job_id"]
    assert "by a token that is bound to it" in found["/jobs/0/job_id"]
    assert not Job.objects.exists()
