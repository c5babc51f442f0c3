"""Guessing at the own password of somebody signed in: on record, and not for long."""

import pytest

from mediajobs.models import AuditEvent
from tests.admin.cancel_steps import text

NEW = "a long enough secret 7"


@pytest.fixture
def client(sign_in):
    return sign_in("viewer")


@pytest.fixture
def set_password(client):
    """Send the form so often; give the last answer."""

    def send(old, times=1, new=NEW):
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        for _ in range(times):
            answer = client.post("/password_change/", form, REMOTE_ADDR="10.0.0.1")
        return answer

    return send


def kinds():
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_wrong_old_password_is_on_record_as_a_failed_sign_in_without_it(set_password):
    assert "Your old password was entered incorrectly" in text(set_password("not-the-one"))
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor) == ("user.sign_in_failed", "viewer")
    assert event.address == "10.0.0.1"
    assert event.detail == "The old password was wrong, while setting a new one."
    assert "not-the-one" not in event.body


def test_who_guesses_five_times_is_signed_out_on_record_and_told_so(client, set_password):
    assert set_password("not-the-one", times=4).status_code == 200
    assert client.get("/").status_code == 200
    answer = set_password("not-the-one")
    assert answer.headers["Location"] == "/login/"
    assert kinds() == [*["user.sign_in_failed"] * 5, "user.signed_out"]
    page = text(client.get("/login/"))
    assert "The old password was wrong 5 times, so that you are signed out." in page
    assert set_password("pw").headers["Location"].startswith("/login/?next=")
    assert kinds()[-1] == "user.signed_out"


def test_guesses_with_a_new_password_that_would_not_do_count_too(set_password):
    assert set_password("not-the-one", times=5, new="7").headers["Location"] == "/login/"


def test_a_right_old_password_is_no_guess(client, set_password):
    assert set_password("pw", times=9, new="7").status_code == 200
    assert set_password("", times=9).status_code == 200
    assert kinds() == []


def test_who_remembers_the_password_begins_anew(set_password):
    set_password("not-the-one", times=4)
    assert set_password("pw").headers["Location"] == "/password_change/done/"
    assert set_password("not-the-one", times=4).status_code == 200
    assert set_password("not-the-one").headers["Location"] == "/login/"
