"""The admin site."""

from django.contrib import admin


class PanelSite(admin.AdminSite):
    site_header = "Media jobs"
    site_title = "Media jobs"
    index_title = "Overview"
