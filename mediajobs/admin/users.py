"""The accounts of staff and their groups; only a superuser makes or touches a superuser."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest

from mediajobs.admin.lists import SoundListMixin

SINGLE_RIGHTS = "user_permissions"

admin.site.unregister([User, Group])


def may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


@admin.register(User)
class StaffAdmin(SoundListMixin, UserAdmin):
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

    @admin.display(description="groups")
    def roles(self, user: User) -> str | None:
        return ", ".join(sorted(group.name for group in user.groups.all())) or None

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)


@admin.register(Group)
class RoleAdmin(SoundListMixin, GroupAdmin):
    """The roles, as groups of rights."""
