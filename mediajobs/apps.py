"""How Django finds this project's application, its system checks and its admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class MediaJobsConfig(AppConfig):
    default = True
    name = "mediajobs"
    verbose_name = "Media jobs"
    default_auto_field = "django.db.models.BigAutoField"


class PanelAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "mediajobs.admin.site.PanelSite"
