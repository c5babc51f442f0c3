"""What is done to users and groups is on record: who did it, old and new, and never a password."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import OperationalError, connection

from mediajobs.models import AuditEvent
from tests.admin.test_users import form_of

SECRET = "a long enough secret 7"
PASSWORDS = {"password1": SECRET, "password2": SECRET, "usable_password": "true"}


@pytest.fixture
def ada(make_user):
    return make_user("viewer", name="ada")


@pytest.fixture
def client(sign_in):
    return sign_in("administrator")


def event():
    """Give the one event there is."""
    event = AuditEvent.objects.get()
    assert (event.actor, event.channel) == ("administrator", "web")
    return event.kind, event.detail


def change(client, user, **changes):
    answer = client.post(f"/auth/user/{user.pk}/change/", form_of(user, **changes))
    assert answer.status_code == 302, answer.context["errors"]


def role(name):
    return Group.objects.get(name=name)


def test_a_new_user_is_on_record(client):
    client.post("/auth/user/add/", {"username": "new", **PASSWORDS})
    new = User.objects.get(username="new")
    assert event() == (
        "user.added",
        f'user {new.pk} "new": name: "new", active: yes, staff: no, superuser: no',
    )
    assert SECRET not in AuditEvent.objects.get().body


def test_groups_given_and_taken_are_on_record_as_old_and_new(client, ada):
    change(client, ada, groups=[role("operator").pk, role("auditor").pk])
    assert event() == (
        "user.rights_changed",
        f'user {ada.pk} "ada": groups: "viewer" → "auditor", "operator"',
    )


def test_the_flags_of_a_user_are_on_record(client, ada, make_user):
    User.objects.filter(username="administrator").update(is_superuser=True)
    right = Permission.objects.get(codename="delete_session")
    change(client, ada, is_staff="", is_superuser="on", user_permissions=[right.pk])
    kind, detail = event()
    assert kind == "user.rights_changed"
    assert detail == (
        f'user {ada.pk} "ada": staff: yes → no; superuser: no → yes; '
        "single rights given: sessions.delete_session"
    )


def test_a_user_who_is_deactivated_and_reactivated_is_on_record(client, ada):
    change(client, ada, is_active="", groups=[])
    ada.refresh_from_db()
    change(client, ada, is_active="on")
    old, new = AuditEvent.objects.order_by("pk")
    assert (old.kind, new.kind) == ("user.deactivated", "user.reactivated")
    assert old.detail == f'user {ada.pk} "ada": active: yes → no; groups: "viewer" → –'
    assert new.detail == f'user {ada.pk} "ada": active: no → yes'


def test_another_name_is_on_record_with_the_old_one(client, ada):
    change(client, ada, username="eve", email="eve@example.com")
    assert event() == (
        "user.changed",
        f'user {ada.pk} "eve": name: "ada" → "eve"; e-mail: – → "eve@example.com"',
    )


def test_what_is_stored_as_it_was_is_no_deed(client, ada):
    change(client, ada)
    assert not AuditEvent.objects.exists()


def test_a_form_with_a_mistake_is_no_deed(client, ada):
    client.post(f"/auth/user/{ada.pk}/change/", form_of(ada, username=""))
    assert not AuditEvent.objects.exists()


def test_a_change_that_cannot_be_recorded_is_not_made(client, ada):
    def refuse(execute, sql, *rest):
        if "mediajobs_auditevent" in sql:
            raise OperationalError("the disk is full")
        return execute(sql, *rest)

    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answer = client.post(f"/auth/user/{ada.pk}/change/", form_of(ada, username="eve"))
    assert answer.status_code == 503
    assert User.objects.get(pk=ada.pk).username == "ada"


def test_a_password_set_by_an_administrator_is_on_record_without_it(client, ada):
    assert client.post(f"/auth/user/{ada.pk}/password/", PASSWORDS).status_code == 302
    assert event() == ("user.password_changed", f'user {ada.pk} "ada"')
    assert SECRET not in AuditEvent.objects.get().body


def test_a_password_taken_away_is_on_record(client, ada):
    form = {"usable_password": "false", "unset-password": "x"}
    assert client.post(f"/auth/user/{ada.pk}/password/", form).status_code == 302
    assert event() == ("user.password_changed", f'user {ada.pk} "ada": there is none any more')


@pytest.mark.parametrize(
    "form", [PASSWORDS | {"password2": "another"}, {"usable_password": "false"}, {}]
)
def test_a_password_that_is_not_taken_is_no_deed(client, ada, form):
    client.post(f"/auth/user/{ada.pk}/password/", form)
    assert not AuditEvent.objects.exists()


def test_ones_own_new_password_is_on_record(client):
    form = {"old_password": "pw", "new_password1": SECRET, "new_password2": SECRET}
    assert client.post("/password_change/", form).status_code == 302
    own = User.objects.get(username="administrator")
    assert event() == ("user.password_changed", f'user {own.pk} "administrator"')


def test_a_deleted_user_is_on_record(client, ada):
    pk = ada.pk
    assert client.post(f"/auth/user/{pk}/delete/", {"post": "yes"}).status_code == 302
    assert event() == (
        "user.deleted",
        f'user {pk} "ada": name: "ada", active: yes, staff: yes, superuser: no, groups: "viewer"',
    )


@pytest.mark.parametrize("model", ["user", "group"])
def test_those_deleted_together_have_an_event_each(client, ada, make_user, model):
    those = [ada, make_user("viewer", name="bob")]
    if model == "group":
        those = [Group.objects.create(name=name) for name in ("ada", "bob")]
    form = {"action": "delete_selected", "_selected_action": [each.pk for each in those]}
    client.post(f"/auth/{model}/", form)
    assert not AuditEvent.objects.exists()
    client.post(f"/auth/{model}/", form | {"post": "yes"})
    told = AuditEvent.objects.filter(kind=f"{model}.deleted").values_list("detail", flat=True)
    assert sorted(words.partition('"')[2][:3] for words in told) == ["ada", "bob"]


def test_a_new_group_is_on_record_with_its_rights(client):
    right = Permission.objects.get(codename="cancel_job")
    client.post("/auth/group/add/", {"name": "night shift", "permissions": [right.pk]})
    group = role("night shift")
    assert event() == (
        "group.added",
        f'group {group.pk} "night shift": name: "night shift", rights: mediajobs.cancel_job',
    )


def test_rights_given_to_and_taken_from_a_group_are_on_record(client):
    group = role("viewer")
    keep = group.permissions.exclude(codename="view_job").values_list("pk", flat=True)
    new = Permission.objects.get(codename="cancel_job")
    form = {"name": "onlooker", "permissions": [*keep, new.pk]}
    assert client.post(f"/auth/group/{group.pk}/change/", form).status_code == 302
    kind, detail = event()
    assert kind == "group.changed"
    assert detail == (
        f'group {group.pk} "onlooker": name: "viewer" → "onlooker"; '
        "rights given: mediajobs.cancel_job; rights taken: mediajobs.view_job"
    )


def test_a_deleted_group_is_on_record_with_who_loses_it(client, ada):
    group = role("viewer")
    pk = group.pk
    client.post(f"/auth/group/{pk}/delete/", {"post": "yes"})
    kind, detail = event()
    assert kind == "group.deleted"
    assert detail.startswith(f'group {pk} "viewer": name: "viewer", rights: mediajobs.view_')
    assert detail.endswith(', members: 1: "ada"')


def test_every_right_of_a_group_is_named_however_many(client):
    User.objects.filter(username="administrator").update(is_superuser=True)
    rights = Permission.objects.select_related("content_type")
    assert len(rights) > 55
    form = {"name": "all", "permissions": [right.pk for right in rights]}
    assert client.post("/auth/group/add/", form).status_code == 302
    names = event()[1].partition("rights: ")[2].split(", ")
    assert names == sorted(f"{each.content_type.app_label}.{each.codename}" for each in rights)


def test_of_many_members_of_a_deleted_group_the_first_are_named_and_all_counted(client):
    group = Group.objects.create(name="crowd")
    group.user_set.set(
        User.objects.bulk_create(User(username=f"member-{number:02}") for number in range(60))
    )
    client.post(f"/auth/group/{group.pk}/delete/", {"post": "yes"})
    detail = event()[1]
    assert ', members: 60: "member-00", "member-01", ' in detail
    assert detail.endswith('"member-49" and 10 more')


def test_no_name_can_pass_for_words_of_the_record(client, ada):
    change(client, ada, first_name='Vic"; superuser: no → yes')
    assert event() == (
        "user.changed",
        f'user {ada.pk} "ada": first name: – → "Vic\\"; superuser: no → yes"',
    )
