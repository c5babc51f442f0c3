"""Above the trail: when it was verified, how far it is sealed, what is recorded."""

import pytest

from mediajobs import guard
from mediajobs.models import AuditAnchor, AuditCheckpoint, AuditEvent
from mediajobs.services import audit, cancel
from mediajobs.services.audit import Actor
from tests.admin.cancel_steps import release, text
from tests.conftest import IS_SQLITE
from tests.trail import meddle, write

NO_TIME = "x" if IS_SQLITE else "infinity"
LIST = "/mediajobs/auditevent/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(sign_in):
    return sign_in("auditor")


def verified(outcome):
    audit.record("trail.verified", Actor.from_shell("root"), outcome=outcome)
    return AuditEvent.objects.first()


def test_a_trail_that_nobody_verified_says_so_and_how(auditor):
    assert "Verified Never yet. manage.py audit_verify checks" in text(auditor.get(LIST))


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("sound", "Sound"), ("tampered", "Tampered with"), ("lagging", "Lagging")],
)
def test_the_last_verification_is_told_with_its_result_and_led_to(auditor, outcome, words):
    verified("sound")
    event = verified(outcome)
    answer = auditor.get(LIST)
    assert f"Verified {words} 0 s ago by shell:root" in text(answer)
    assert f'href="{LIST}{event.pk}/change/"' in answer.content.decode()


def test_a_verification_of_a_part_is_not_shown_as_one_of_all(auditor, trail):
    by = Actor.from_shell("root")
    audit.record_verification(audit.verify(since=4), by=by, since=4)
    assert "Verified Sound from link 4 on , 0 s ago by shell:root" in text(auditor.get(LIST))


def test_no_checkpoint_and_no_key_are_said(auditor):
    assert "Sealed No checkpoint yet" in text(auditor.get(LIST))
    assert "It will not be signed: no key is set." in text(auditor.get(LIST))


def test_the_last_checkpoint_says_how_far_it_is_sealed_and_signed(auditor, trail):
    assert "Sealed Checkpoint 2, 0 s ago: up to link 5, signed." in text(auditor.get(LIST))


def test_without_a_key_the_page_says_what_that_means(auditor, make_trail):
    make_trail(1)
    words = text(auditor.get(LIST))
    assert "no key is set, so whoever owns the tables could write it all anew" in words


def test_a_key_that_came_since_signs_the_next_one(auditor, make_trail, request):
    make_trail(1)
    request.getfixturevalue("signed")
    assert "not signed; the next one will be." in text(auditor.get(LIST))


def test_checkpoints_that_do_not_leave_are_said_here_and_on_the_overview(auditor):
    AuditAnchor.objects.create(place="host:/mnt/copy", problem="Checkpoint 7 did not reach it.")
    assert "Checkpoint 7 did not reach it." in text(auditor.get(LIST))
    assert "Checkpoint 7 did not reach it." in text(auditor.get("/"))


def test_what_is_recorded_and_what_is_not_can_be_folded_out(auditor, trail):
    words = text(auditor.get(LIST))
    assert "What is recorded, and what is not" in words
    assert "Not recorded: that somebody opened a page" in words


def test_what_was_not_looked_through_is_said_with_the_way_on(auditor, make_trail):
    events = [audit.event("job.edited", audit.ENGINE, reason=f"{n}") for n in range(5001)]
    AuditEvent.objects.append(events)
    page = auditor.get(f"{LIST}?q=nothing+of+it")
    back_to = f"{events[1].at:%Y-%m-%d %H:%M:%S}"
    assert f"This goes back to {back_to} UTC: look through earlier ones" in text(page)
    assert "q=nothing+of+it&amp;until=20" in page.content.decode()
    assert "look through earlier" not in text(auditor.get(LIST))


def test_a_cancellation_tells_who_did_what_to_it_and_why(sign_in, make_job, make_user, operator):
    batch = release(make_job(), by=operator)
    reader = sign_in("auditor")
    answer = reader.get(f"/mediajobs/cancelbatch/{batch.pk}/change/")
    assert f"{operator.name} Released" in text(answer)
    assert "because: " in text(answer)
    assert f'href="{LIST}?cancellation={batch.pk}"' in answer.content.decode()


def test_a_job_leads_to_its_events_in_the_trail(sign_in, make_job):
    job = make_job()
    page = f"/mediajobs/job/{job.pk}/change/"
    assert f'href="{LIST}?job={job.remote_id}"' in sign_in("auditor").get(page).content.decode()


def test_who_may_not_see_the_trail_is_not_led_there(sign_in, make_job, operator):
    batch = release(make_job(), by=operator)
    page = sign_in("viewer").get(f"/mediajobs/cancelbatch/{batch.pk}/change/").content.decode()
    assert LIST not in page


def test_an_event_that_cannot_be_read_is_counted_and_the_others_are_shown(auditor, trail):
    key = AuditEvent.objects.order_by("pk")[1].pk
    meddle(f"UPDATE {guard.EVENTS} SET at = '{NO_TIME}' WHERE id = {key}")
    page = auditor.get(LIST)
    assert "1 event of this page cannot be read" in text(page)
    assert f"{LIST}{key - 1}/change/" in page.content.decode()
    assert f"{LIST}{key}/change/" not in page.content.decode()
    assert "cannot be read" not in text(auditor.get(f"{LIST}?kind=user.added"))


def test_a_newest_checkpoint_with_a_made_up_signature_is_not_called_signed(auditor, trail):
    write(AuditCheckpoint.objects.first(), signature="made up")
    assert "up to link 5, and its signature is wrong" in text(auditor.get(LIST))


def test_a_newest_checkpoint_with_a_key_of_elsewhere_is_told_apart(auditor, trail, settings):
    settings.AUDIT_SIGNING_KEY, settings.AUDIT_PUBLIC_KEYS = b"", []
    words = "up to link 5, signed with a key that is not known here."
    assert words in text(auditor.get(LIST))


def test_a_verification_that_cannot_be_read_leaves_the_one_before(auditor):
    sound, lagging = verified("sound"), verified("lagging")
    a_moment_later = f"{sound.at:%Y-%m-%d %H:%M:%S.%f}x" if IS_SQLITE else NO_TIME
    meddle(f"UPDATE {guard.EVENTS} SET at = '{a_moment_later}' WHERE id = {lagging.pk}")
    assert "Verified Sound 0 s ago" in text(auditor.get(LIST))


def test_an_event_that_cannot_be_read_leaves_the_pages_of_its_job_and_cancellation(
    auditor, make_job, operator
):
    batch = release(make_job(), by=operator)
    item = batch.attempts.get()
    cancel.run(batch, seconds=5, worker="a test")
    kinds = "'batch.drafted', 'cancel.sent'"
    meddle(f"UPDATE {guard.EVENTS} SET at = '{NO_TIME}' WHERE kind IN ({kinds})")
    answered = AuditEvent.objects.get(kind="cancel.answered")
    for page, told in (
        (f"/mediajobs/cancelbatch/{batch.pk}/change/", "Released"),
        (f"/mediajobs/job/{item.job_id}/change/", "The media API answered"),
        (f"{LIST}{answered.pk}/change/", "The media API answered"),
    ):
        words = text(auditor.get(page))
        assert "1 event of this page cannot be read" in words
        assert told in words
