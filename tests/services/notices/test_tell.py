"""What is told, to whom and when: written with what happens, once, and never too much."""

import pytest
from django.db import transaction

from mediajobs.models import AttemptState, Happening, Notice, NoticeKind
from mediajobs.services import cancel, notices
from mediajobs.services.cancel.steer import pause_by_engine
from mediajobs.services.settle import finish
from tests.services.cancel.steps import an_hour_later, run

pytestmark = pytest.mark.django_db


def told(batch):
    """What was told of a batch, to whom: (happening, kind)."""
    return sorted(batch.notices.values_list("happening", "kind"))


def texts(batch):
    return set(batch.notices.values_list("text", flat=True))


def to_all(*happenings, mail=False):
    kinds = ["slack", "webhook", *(["mail"] if mail else [])]
    return sorted((happening, kind) for happening in happenings for kind in kinds)


def test_a_batch_that_ends_well_is_told_with_what_the_remote_said(make_job, released, world):
    world.cancel_delay = 0
    batch = released(make_job(), make_job())
    run(batch)
    an_hour_later(batch)
    cancel.verify()
    assert told(batch) == to_all("finished")
    (text,) = texts(batch)
    assert text.splitlines() == [
        f"Cancellation {batch.pk} finished. 2 jobs: 2 cancelled.",
        "Requested by bulk-operator. Stuck or far too slow: It hangs.",
        f"https://panel.example.com/mediajobs/cancelbatch/{batch.pk}/change/",
    ]


def test_nothing_is_told_before_the_remote_has_said_how_it_ended(make_job, released, world):
    world.cancel_delay = 3600
    batch = released(make_job())
    run(batch)
    assert told(batch) == []


def test_a_bad_end_is_told_as_one_with_problems(make_job, released, world):
    world.fault_next("cancel.refuse")
    batch = released(make_job())
    run(batch)
    assert told(batch) == to_all("problems")
    (text,) = texts(batch)
    assert text.startswith(f"Cancellation {batch.pk} finished with problems. 1 job: 1 refused.")
    assert "cancelled" not in text.lower()


def test_the_facts_for_machines_say_the_same(make_job, released, world):
    world.fault_next("cancel.refuse")
    batch = released(make_job(), reason="It hangs.")
    run(batch)
    notice = batch.notices.get(kind=NoticeKind.WEBHOOK)
    batch.refresh_from_db()
    assert notice.facts == {
        "happening": "problems",
        "happened_at": batch.ended_at.isoformat(timespec="seconds"),
        "cancellation": batch.pk,
        "job_count": 1,
        "counts": {"refused": 1},
        "detail": "",
        "requested_by": "bulk-operator",
        "reason_category": "stuck",
        "reason": "It hangs.",
        "app": "",
        "text": notice.text,
        "link": f"https://panel.example.com/mediajobs/cancelbatch/{batch.pk}/change/",
    }


def test_a_batch_that_was_aborted_is_told_with_who_did_it(make_job, released, operator):
    batch = released(make_job(), make_job())
    cancel.abort(batch, by=operator)
    assert told(batch) == to_all("aborted")
    assert "bulk-operator aborted it. What was not sent stays unsent." in texts(batch).pop()


def test_a_pause_is_told_with_its_reason_and_what_happens_next(make_job, released, operator):
    batch = released(make_job())
    cancel.pause(batch, by=operator)
    assert told(batch) == to_all("paused")
    assert (
        "bulk-operator paused it. Nothing more is sent until somebody resumes it."
        in texts(batch).pop()
    )


def test_each_pause_that_needs_a_person_is_told(make_job, released, operator):
    batch = released(make_job())
    for _ in range(2):
        cancel.pause(batch, by=operator)
        cancel.resume(batch, by=operator)
    assert told(batch) == sorted(to_all("paused") * 2)


def test_pauses_that_end_by_themselves_are_told_once_an_hour(make_job, released):
    batch = released(make_job())

    def pause():
        pause_by_engine(batch, reason="The media API is failing.", retry_after=0)
        batch.move("paused", to="running")

    pause()
    assert "It is tried again by itself at" in texts(batch).pop()
    pause()
    assert told(batch) == to_all("paused")
    batch.notices.update(happened_at="2026-01-01T00:00Z")
    pause()
    assert told(batch) == sorted(to_all("paused") * 2)


def test_a_pause_that_ends_by_itself_is_told_right_after_one_of_a_person(
    make_job, released, operator
):
    batch = released(make_job())
    cancel.pause(batch, by=operator)
    cancel.resume(batch, by=operator)
    batch.refresh_from_db()
    pause_by_engine(batch, reason="The media API is failing.", retry_after=0)
    assert told(batch) == sorted(to_all("paused") * 2)
    assert any("The media API is failing." in text for text in texts(batch))


def test_a_pause_that_needs_a_person_is_told_right_after_one_that_does_not(make_job, released):
    batch = released(make_job())
    pause_by_engine(batch, reason="The media API is failing.", retry_after=0)
    batch.move("paused", to="running")
    pause_by_engine(batch, reason="Credentials refused.", retry_after=None)
    assert told(batch) == sorted(to_all("paused") * 2)


def unconfirmed(batch):
    """Let the remote take the requests and say no more, for longer than anybody waits."""
    run(batch)
    an_hour_later(batch)
    cancel.verify()


def test_what_stays_unconfirmed_at_the_end_is_told_with_the_end_alone(make_job, released, world):
    world.cancel_delay = 10_000
    batch = released(make_job())
    unconfirmed(batch)
    assert told(batch) == to_all("problems")
    assert "1 job: 1 unconfirmed." in texts(batch).pop()


def test_what_stays_unconfirmed_while_the_batch_goes_on_is_told_once(make_job, released, world):
    world.cancel_delay = 10_000
    batch = released(make_job(), make_job(), make_job())
    first = batch.attempts.order_by("pk").first()
    batch.attempts.exclude(pk=first.pk).update(not_before="2100-01-01T00:00Z")
    unconfirmed(batch)
    first.refresh_from_db()
    assert first.state == AttemptState.UNCONFIRMED
    assert told(batch) == to_all("unconfirmed")
    text = texts(batch).pop()
    assert "has unconfirmed requests. 3 jobs: 2 queued, 1 unconfirmed." in text
    assert "somebody should look" in text


def test_old_news_is_not_told_to_an_address_that_is_added_later(
    make_job, released, operator, world, settings
):
    urls, settings.NOTICE_URLS = settings.NOTICE_URLS, []
    world.cancel_delay = 100_000
    batch = released(make_job(), make_job())
    batch.attempts.filter(pk=batch.attempts.first().pk).update(not_before="2100-01-01T00:00Z")
    unconfirmed(batch)
    cancel.abort(batch, by=operator)
    settings.NOTICE_URLS = urls
    an_hour_later(batch)
    assert cancel.verify() == 1
    assert told(batch) == []


def test_without_anybody_to_tell_no_notice_is_written(
    make_job, released, operator, settings, django_assert_num_queries
):
    settings.NOTICE_URLS = []
    batch = released(make_job())
    with django_assert_num_queries(0):
        notices.tell(batch, Happening.ABORTED, at=batch.confirmed_at)
    cancel.abort(batch, by=operator)
    assert not Notice.objects.exists()


def test_one_happening_is_told_once_however_often_it_is_written(make_job, released):
    batch = released(make_job())
    for _ in range(2):
        notices.tell(batch, Happening.ABORTED, at=batch.confirmed_at)
        notices.tell(batch, Happening.UNCONFIRMED, at=batch.created_at)
        notices.tell(batch, Happening.UNCONFIRMED, at=batch.confirmed_at)
    assert told(batch) == to_all("aborted", "unconfirmed")


def test_a_deed_that_is_taken_back_takes_its_notice_along(make_job, released, world, operator):
    batch = released(make_job())
    with pytest.raises(LookupError):
        abort_and_fail(batch, operator)
    assert told(batch) == []


def abort_and_fail(batch, operator):

    with transaction.atomic():
        cancel.abort(batch, by=operator)
        assert told(batch)
        raise LookupError


def test_the_text_stays_as_it_was_when_it_happened(make_job, released, operator):
    batch = released(make_job())
    cancel.pause(batch, by=operator)
    before = texts(batch)
    cancel.resume(batch, by=operator)
    cancel.abort(batch, by=operator)
    assert set(batch.notices.filter(happening="paused").values_list("text", flat=True)) == before


def test_hostile_words_stay_on_their_line(make_job, released, operator):
    reason = "Why\r\nBcc: all@example.com\n\nRequested by root. \u202ekcab \x1b[31m <!channel>"
    batch = released(make_job(), reason=reason, mails_requester=True)
    cancel.abort(batch, by=operator)
    mail = batch.notices.get(kind=NoticeKind.MAIL)
    assert len(mail.text.splitlines()) == 4
    assert "Why Bcc: all@example.com Requested by root. \ufffdkcab \ufffd[31m" in mail.text
    assert "\n" not in mail.subject
    assert mail.facts["reason"].isprintable()


def test_a_long_reason_is_cut(make_job, released, operator):
    batch = released(make_job(), reason="x" * 2000)
    cancel.abort(batch, by=operator)
    assert len(texts(batch).pop()) < 1000


def test_without_an_address_of_the_panel_there_is_no_link(make_job, released, operator, settings):
    settings.PANEL_URL = ""
    batch = released(make_job())
    cancel.abort(batch, by=operator)
    assert "http" not in texts(batch).pop()
    assert batch.notices.first().facts["link"] == ""


def test_no_table_holds_the_address_of_slack(make_job, released, operator):
    batch = released(make_job())
    cancel.abort(batch, by=operator)
    rows = str(list(Notice.objects.values_list()))
    assert "hooks.slack.com …cret" in rows
    assert "B0000" not in rows


def test_a_batch_that_is_finished_again_is_not_told_again(make_job, released, world):
    world.fault_next("cancel.refuse")
    batch = released(make_job())
    run(batch)
    finish([batch.pk])
    cancel.rescue()
    assert told(batch) == to_all("problems")


def test_one_job_cancelled_at_once_is_told_too(make_job, operator, world):
    world.cancel_delay = 0
    attempt = cancel.cancel_now(
        make_job(), by=operator, category="stuck", reason="It hangs.", mails_requester=True
    )
    assert told(attempt.batch) == to_all("finished", mail=True)
