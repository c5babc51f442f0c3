"""The accounts of staff and their groups; only a superuser makes or touches a superuser."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from mediajobs.admin.lists import SoundListMixin
from mediajobs.services import accounts
from mediajobs.services.audit import Actor

SINGLE_RIGHTS = "user_permissions"

admin.site.unregister([User, Group])


def may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


class OnRecordMixin(admin.ModelAdmin):
    """Has each change recorded, in the transaction in which Django's pages make it."""

    def save_model(self, request: HttpRequest, obj: User | Group, form: Any, change: bool) -> None:
        form.facts_before = accounts.facts_of(obj) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store what a form has of other tables; what there is now is all that it changed."""
        super().save_related(request, form, formsets, change)
        by = Actor.from_request(request)
        if change:
            accounts.changed(form.instance, form.facts_before, by=by)
        else:
            accounts.added(form.instance, by=by)

    def delete_model(self, request: HttpRequest, obj: User | Group) -> None:
        self.delete_queryset(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[User | Group]) -> None:
        accounts.delete(queryset, by=Actor.from_request(request))


@admin.register(User)
class StaffAdmin(OnRecordMixin, SoundListMixin, UserAdmin):
    """Administrators hand out groups; the superuser flag and single rights are not theirs."""

    list_display = ["username", "email", "roles", "is_active", "is_staff", "last_login"]
    readonly_fields = ["last_login", "date_joined"]
    empty_value_display = "–"
    show_facets = admin.ShowFacets.NEVER

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = [] if request.user.is_superuser else ["is_superuser"]
        return [*super().get_readonly_fields(request, obj), *own]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> list:
        """Leave out the single rights, which are not an administrator's to give."""
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, about | {"fields": [each for each in about["fields"] if each != SINGLE_RIGHTS]})
            for title, about in fieldsets
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 -- Django's name for it
        form_url: str = "",
    ) -> HttpResponse:
        """Set a password, on record."""
        user = self.get_object(request, unquote(id))
        if request.method != "POST" or user is None:
            return super().user_change_password(request, id, form_url)
        with accounts.password_on_record(user, by=Actor.from_request(request)):
            return super().user_change_password(request, id, form_url)

    @admin.display(description="groups")
    def roles(self, user: User) -> str | None:
        return ", ".join(sorted(group.name for group in user.groups.all())) or None

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)


class RoleForm(ModelForm):
    """Adds to a role only what its giver may do; taking away is open to whoever may change it."""

    giver: User

    def clean_permissions(self) -> QuerySet[Permission]:
        """Refuse rights that the giver does not hold; those that the role has already may stay."""
        wanted = self.cleaned_data["permissions"]
        kept = self.instance.permissions.all() if self.instance.pk else ()
        held = self.giver.get_all_permissions()
        foreign = [each.name for each in wanted if each not in kept and named(each) not in held]
        if foreign:
            raise ValidationError(
                "You may give only rights that you hold yourself. "
                f"Leave these to a superuser: {', '.join(foreign)}."
            )
        return wanted


def named(right: Permission) -> str:
    return f"{right.content_type.app_label}.{right.codename}"


@admin.register(Group)
class RoleAdmin(OnRecordMixin, SoundListMixin, GroupAdmin):
    """The roles, as groups of rights."""

    form = RoleForm

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> type[ModelForm]:
        form = super().get_form(request, *args, **options)
        form.giver = request.user
        return form
