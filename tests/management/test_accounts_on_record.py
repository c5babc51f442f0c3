"""Django's own commands for accounts leave events like the panel's pages."""

import pytest
from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from mediajobs.management.account import account
from mediajobs.models import AuditEvent

SECRET = "a long enough secret 7"


def event():
    event = AuditEvent.objects.get()
    assert (event.actor, event.channel) == (f"shell:{account()}", "command")
    assert SECRET not in event.body
    return event.kind, event.detail


def make_superuser(**options):
    about = {"username": "root", "email": "", "interactive": False, "verbosity": 0}
    call_command("createsuperuser", **about | options)


def test_a_superuser_made_from_the_shell_is_on_record(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", SECRET)
    make_superuser()
    root = User.objects.get()
    assert event() == (
        "user.added",
        f'user {root.pk} "root": name: "root", active: yes, staff: yes, superuser: yes',
    )


def test_one_that_cannot_be_made_is_no_deed(make_user):
    make_user("viewer", name="root")
    with pytest.raises(CommandError):
        make_superuser()
    assert not AuditEvent.objects.exists()


def test_a_password_changed_from_the_shell_is_on_record(make_user, monkeypatch, capsys):
    ada = make_user("viewer", name="ada")
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda **_: SECRET)
    call_command("changepassword", "ada")
    assert User.objects.get().check_password(SECRET)
    assert event() == ("user.password_changed", f'user {ada.pk} "ada"')


def test_a_password_that_is_not_taken_is_no_deed(make_user, monkeypatch, capsys):
    make_user("viewer", name="ada")
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda **_: "1")
    with pytest.raises(CommandError):
        call_command("changepassword", "ada")
    assert not AuditEvent.objects.exists()


@pytest.fixture
def ada_locked_out(make_user):
    make_user("viewer", name="ada")
    for name in ["ada"] * 5 + [SECRET]:
        Client().post("/login/", {"username": name, "password": "no"}, REMOTE_ADDR="10.0.0.1")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("axes_reset_username", ["ada"]),
        ("axes_reset_ip_username", ["10.0.0.1", "ada"]),
    ],
)
def test_a_lock_out_lifted_from_the_shell_is_on_record(ada_locked_out, command, arguments, capsys):
    call_command(command, *arguments)
    assert lifted() == ['Failed tries are forgotten of 1: "ada" from 10.0.0.1']
    call_command(command, *arguments)
    assert len(lifted()) == 1


@pytest.mark.parametrize(
    ("command", "arguments"), [("axes_reset", []), ("axes_reset_ip", ["10.0.0.1"])]
)
def test_all_lock_outs_lifted_are_on_record_without_names_that_nobody_has(
    ada_locked_out, command, arguments, capsys
):
    call_command(command, *arguments)
    words = 'Failed tries are forgotten of 2: "ada" from 10.0.0.1, (unknown name) from 10.0.0.1'
    assert lifted() == [words]


def lifted():
    events = AuditEvent.objects.filter(kind="user.lock_out_lifted")
    assert all(event.actor == f"shell:{account()}" for event in events)
    return [event.detail for event in events]
