"""Users and groups: each change on record, old and new, in the transaction that makes it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.contrib.auth.models import Group, User
from django.db import transaction

from mediajobs.models import AuditKind
from mediajobs.services.accounts.words import change_words, described, named, quoted, some_of
from mediajobs.services.audit import Actor, record

Facts = dict[str, str | frozenset[str]]

YES_OR_NO = {True: "yes", False: "no"}
#: What gives a user rights.
RIGHTS = ("staff", "superuser", "groups", "single rights")
ADDED = {User: AuditKind.USER_ADDED, Group: AuditKind.GROUP_ADDED}
DELETED = {User: AuditKind.USER_DELETED, Group: AuditKind.GROUP_DELETED}


def facts_of(who: User | Group) -> Facts:
    """Write down what is stored, and keep others from changing it until the transaction ends."""
    stored = type(who).objects.select_for_update(no_key=True).get(pk=who.pk)
    return user_facts(stored) if isinstance(stored, User) else group_facts(stored)


def user_facts(user: User) -> Facts:
    return {
        "name": quoted(user.username),
        "first name": quoted(user.first_name),
        "last name": quoted(user.last_name),
        "e-mail": quoted(user.email),
        "active": YES_OR_NO[user.is_active],
        "staff": YES_OR_NO[user.is_staff],
        "superuser": YES_OR_NO[user.is_superuser],
        "groups": frozenset(map(quoted, user.groups.values_list("name", flat=True))),
        "single rights": rights_of(user.user_permissions),
    }


def group_facts(group: Group) -> Facts:
    return {"name": quoted(group.name), "rights": rights_of(group.permissions)}


def rights_of(permissions: Iterable) -> frozenset[str]:
    names = permissions.values_list("content_type__app_label", "codename")
    return frozenset(f"{app}.{codename}" for app, codename in names)


def added(who: User | Group, *, by: Actor) -> None:
    """Record a new one; call it in the transaction that stores it."""
    facts = facts_of(who)
    record(ADDED[type(who)], by, detail=f"{named(who)}: {described(facts)}")


def changed(who: User | Group, before: Facts, *, by: Actor) -> None:
    """Record what is stored now against what was `before`, if that is something else."""
    after = facts_of(who)
    if before != after:
        kind = kind_of_change(before, after) if isinstance(who, User) else AuditKind.GROUP_CHANGED
        record(kind, by, detail=f"{named(who)}: {change_words(before, after)}")


def kind_of_change(before: Facts, after: Facts) -> AuditKind:
    """Name a change by the gravest part of it; the detail tells all."""
    if before["active"] != after["active"]:
        is_active = after["active"] == YES_OR_NO[True]
        return AuditKind.USER_REACTIVATED if is_active else AuditKind.USER_DEACTIVATED
    if any(before[name] != after[name] for name in RIGHTS):
        return AuditKind.USER_RIGHTS_CHANGED
    return AuditKind.USER_CHANGED


@transaction.atomic
def delete(those: Iterable[User | Group], *, by: Actor) -> None:
    """Delete users or groups, each with its event; members of a group are named, who lose it."""
    for who in list(those):
        facts = facts_of(who)
        if isinstance(who, Group) and (members := who.user_set.values_list("username", flat=True)):
            facts["members"] = some_of([quoted(name) for name in members])
        detail = f"{named(who)}: {described(facts)}"
        who.delete()
        record(DELETED[type(who)], by, detail=detail)


def password_changed(user: User, *, by: Actor) -> None:
    """Record that a user has another password, or none any more."""
    none = "" if user.has_usable_password() else ": there is none any more"
    record(AuditKind.USER_PASSWORD_CHANGED, by, detail=f"{named(user)}{none}")


@contextmanager
def password_on_record(user: User, *, by: Actor) -> Iterator[None]:
    """Record in one transaction with it what is done about a user's password, if anything is."""
    stored = User.objects.filter(pk=user.pk)
    with transaction.atomic():
        before = stored.values_list("password", flat=True).get()
        yield
        if (now := stored.get()).password != before:
            password_changed(now, by=by)


@transaction.atomic
def superusers_added(after: int, *, by: Actor) -> None:
    """Record the superusers whose key is above `after`."""
    for user in User.objects.filter(pk__gt=after, is_superuser=True):
        added(user, by=by)
