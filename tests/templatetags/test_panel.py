"""Badges, ages and times."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from mediajobs.models import AttemptState, BatchState, JobStatus
from mediajobs.templatetags.panel import TONE_OF, TONES, age, badge, clock


@pytest.mark.parametrize("state", [*JobStatus.values, *AttemptState.values, *BatchState.values])
def test_every_state_of_the_panel_has_a_tone_of_its_own(state):
    assert state in TONE_OF


def test_no_state_has_two_tones():
    states = [state for its_states in TONES.values() for state in its_states]
    assert len(states) == len(set(states))


def test_only_a_good_end_looks_good_and_a_cancelled_job_looks_like_neither_good_nor_bad():
    assert set(TONES["good"]) == {"success", "finished", "sent", "sound", "done"}
    assert set(TONES["stopped"]) == {"cancelled"}


def test_what_is_being_sent_looks_unlike_what_was_requested():
    assert TONE_OF["sending"] != TONE_OF["requested"]


def test_a_badge_is_a_word_in_a_tone():
    assert badge("running", "Running") == '<span class="badge tone-active">Running</span>'


def test_a_state_that_nobody_knows_looks_like_a_warning():
    assert "tone-warning" in badge("Zombie", "Zombie")


def test_hostile_words_in_a_badge_are_text():
    assert badge("unknown", "<script>") == '<span class="badge tone-warning">&lt;script&gt;</span>'


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *[(-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min")],
        *[(3_600, "1 h"), (86_399, "23 h"), (86_400, "1 d"), (31 * 86_400, "31 d")],
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(seconds, words):
    assert f">{words}</time>" in age(timezone.now() - timedelta(seconds=seconds, milliseconds=100))


def test_an_age_has_the_full_time_behind_it():
    moment = timezone.now() - timedelta(days=2)
    assert f'title="{moment:%Y-%m-%d %H:%M:%S} UTC"' in age(moment)


def test_a_time_that_is_not_known_is_a_dash():
    assert age(None) == "–"


def test_a_time_of_day_has_the_full_time_behind_it():
    moment = datetime(2026, 3, 1, 7, 5, 9, tzinfo=UTC)
    assert clock(moment) == (
        '<time datetime="2026-03-01T07:05:09+00:00" title="2026-03-01 07:05:09 UTC">07:05:09</time>'
    )


def test_what_has_not_happened_has_no_time_of_day():
    assert clock(None) == "–"
