"""How Django finds this project's application, its system checks and its admin site."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register

from mediajobs import checks


class MediaJobsConfig(AppConfig):
    default = True
    name = "mediajobs"
    verbose_name = "Media jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(checks.check_settings, checks.TAG)
        register(checks.check_trail, Tags.database)


class PanelAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "mediajobs.admin.site.PanelSite"

    def ready(self) -> None:
        # The pages register with the site while they are imported; made first, as the search
        # for pages would make it, the site would import them, and a second one would follow.
        import_module("mediajobs.admin")
        super().ready()
