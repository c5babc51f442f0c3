"""The admin site."""

from django.contrib import admin


class PanelSite(admin.AdminSite):
    site_header = "Media jobs"
    site_title = "Media jobs"
    index_title = "Overview"
    site_url = None
    # The pages are few: they stand in the header, also on narrow screens.
    enable_nav_sidebar = False
