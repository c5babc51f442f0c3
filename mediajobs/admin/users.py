"""The accounts of staff and their groups; only a superuser makes or touches a superuser."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from mediajobs.admin.lists import SoundListMixin

admin.site.unregister([User, Group])


def may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


@admin.register(User)
class StaffAdmin(SoundListMixin, UserAdmin):
    """Administrators hand out groups; the superuser flag and single rights are not theirs."""

    list_display = ["username", "email", "is_active", "is_staff", "last_login"]
    show_facets = admin.ShowFacets.NEVER

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [] if request.user.is_superuser else ["is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)


@admin.register(Group)
class RoleAdmin(SoundListMixin, GroupAdmin):
    """The roles, as groups of rights."""
