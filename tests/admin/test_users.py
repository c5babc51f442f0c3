"""Accounts in the panel: administrators hand out roles, and touch no superuser."""

import pytest
from django.contrib.auth.models import Group, Permission, User


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root", password="pw")


def form_of(user, **changes):
    """Fill in the form of a user as it stands."""
    form = {"username": user.username, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    form |= {name: "on" for name in ("is_active", "is_staff") if getattr(user, name)}
    return form | {"groups": [group.pk for group in user.groups.all()]} | changes


def test_an_administrator_gives_a_role(sign_in, make_user):
    somebody = make_user("viewer")
    role = Group.objects.get(name="operator")
    client = sign_in("administrator")
    form = form_of(somebody, groups=[role.pk])
    assert client.post(f"/auth/user/{somebody.pk}/change/", form).status_code == 302
    assert [group.name for group in somebody.groups.all()] == ["operator"]


def test_an_administrator_adds_an_account_that_is_no_superuser(sign_in):
    secret = "a long enough secret 7"
    form = {"username": "new", "usable_password": "true", "is_superuser": "on"}
    form |= {"password1": secret, "password2": secret}
    assert sign_in("administrator").post("/auth/user/add/", form).status_code == 302
    new = User.objects.get(username="new")
    assert (new.is_superuser, new.is_staff) == (False, False)


@pytest.mark.parametrize("whose", ["viewer", "administrator"])
def test_an_administrator_makes_nobody_a_superuser(client, make_user, whose):
    administrator = make_user("administrator")
    user = administrator if whose == "administrator" else make_user(whose)
    client.force_login(administrator)
    right = Permission.objects.get(codename="delete_session")
    form = form_of(user, is_superuser="on", user_permissions=[right.pk])
    assert client.post(f"/auth/user/{user.pk}/change/", form).status_code == 302
    user.refresh_from_db()
    assert not user.is_superuser
    assert not user.user_permissions.exists()


@pytest.mark.parametrize("page", ["change", "delete", "password"])
def test_an_administrator_touches_no_superuser(sign_in, root, page):
    client = sign_in("administrator")
    secret = "a long enough secret 7"
    form = {"post": "yes", "password1": secret, "password2": secret, "usable_password": "true"}
    before = User.objects.filter(pk=root.pk).values().get()
    address = f"/auth/user/{root.pk}/{page}/"
    assert client.post(address, form_of(root, is_active="", **form)).status_code == 403
    assert User.objects.filter(pk=root.pk).values().get() == before


def test_an_administrator_deletes_no_superuser_among_others(sign_in, make_user, root):
    somebody = make_user("viewer")
    form = {"action": "delete_selected", "_selected_action": [root.pk, somebody.pk], "post": "yes"}
    sign_in("administrator").post("/auth/user/", form)
    assert User.objects.filter(pk__in=[root.pk, somebody.pk]).count() == 2


def test_a_superuser_makes_and_unmakes_superusers(client, make_user, root):
    somebody = make_user("viewer")
    client.force_login(root)
    address = f"/auth/user/{somebody.pk}/change/"
    assert client.post(address, form_of(somebody, is_superuser="on")).status_code == 302
    somebody.refresh_from_db()
    assert somebody.is_superuser
    assert client.post(address, form_of(somebody)).status_code == 302
    somebody.refresh_from_db()
    assert not somebody.is_superuser


@pytest.mark.parametrize("address", ["/auth/user/", "/auth/group/", "/mediajobs/job/"])
def test_a_list_is_named_by_what_is_in_it(sign_in, address):
    name = {"user": "Users", "group": "Groups", "job": "Jobs"}[address.split("/")[-2]]
    assert f"<h1>{name}</h1>" in sign_in("administrator").get(address).content.decode()


def test_the_list_shows_the_groups_of_each_at_the_same_price_for_many(
    sign_in, make_user, django_assert_num_queries
):
    both = make_user("viewer", name="ada")
    both.groups.add(Group.objects.get(name="auditor"))
    client = sign_in("administrator")
    assert "auditor, viewer" in client.get("/auth/user/").content.decode()
    for number in range(5):
        make_user("operator", name=f"somebody-{number}")
    # session, user, two of rights, two counts, rows, their groups, groups to filter by
    with django_assert_num_queries(9):
        client.get("/auth/user/")


def test_an_administrator_is_shown_no_single_rights_and_changes_no_date(sign_in, make_user):
    somebody = make_user("viewer")
    client, address = sign_in("administrator"), f"/auth/user/{somebody.pk}/change/"
    html = client.get(address).content.decode()
    assert "Last login" in html
    assert "User permissions" not in html
    form = form_of(somebody, last_login_0="2020-01-01", last_login_1="00:00:00")
    assert client.post(address, form).status_code == 302
    somebody.refresh_from_db()
    assert somebody.last_login is None


def test_a_superuser_gives_single_rights(client, make_user, root):
    somebody = make_user("viewer")
    client.force_login(root)
    right = Permission.objects.get(codename="delete_session")
    form = form_of(somebody, user_permissions=[right.pk])
    assert client.post(f"/auth/user/{somebody.pk}/change/", form).status_code == 302
    assert somebody.user_permissions.get() == right


def give(client, group, *codenames):
    """Have a group hold these rights alone."""
    rights = Permission.objects.filter(codename__in=codenames).values_list("pk", flat=True)
    form = {"name": group.name, "permissions": list(rights)}
    return client.post(f"/auth/group/{group.pk}/change/", form)


def codenames_of(group):
    return set(group.permissions.values_list("codename", flat=True))


def test_an_administrator_gives_a_role_no_right_that_is_not_held(sign_in):
    client, group = sign_in("administrator"), Group.objects.create(name="night shift")
    answer = give(client, group, "view_job", "delete_session")
    words = "You may give only rights that you hold yourself. Leave these to a superuser: "
    assert f"{words}Can delete session." in answer.content.decode()
    form = {"name": "new", "permissions": [Permission.objects.get(codename="delete_session").pk]}
    assert words in client.post("/auth/group/add/", form).content.decode()
    assert codenames_of(group) == set()
    assert not Group.objects.filter(name="new").exists()


def test_an_administrator_keeps_and_takes_rights_of_a_role_that_are_not_held(sign_in):
    client, group = sign_in("administrator"), Group.objects.create(name="night shift")
    group.permissions.set(Permission.objects.filter(content_type__app_label="sessions"))
    assert give(client, group, "view_job", "delete_session").status_code == 302
    assert codenames_of(group) == {"view_job", "delete_session"}
    assert give(client, group, "view_job").status_code == 302
    assert codenames_of(group) == {"view_job"}


def test_a_superuser_gives_a_role_any_right(client, root):
    client.force_login(root)
    group = Group.objects.create(name="night shift")
    assert give(client, group, "delete_session").status_code == 302
    assert codenames_of(group) == {"delete_session"}
